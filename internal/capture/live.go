// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"github.com/dtn-tools/tcpcl/internal/pcapfilter"
	"github.com/dtn-tools/tcpcl/reassembly"
)

// AnyInterface is the name that stands for all interfaces together.
const AnyInterface = "any"

// LiveOptions say what is captured.
type LiveOptions struct {
	Interfaces    []string
	Filter        *pcapfilter.Filter // nil: everything
	Snap          int                // octets of each packet; 0: all
	Buffer        int                // octets of kernel memory for packets that wait, of each interface; 0: DefaultBuffer
	NoPromiscuous bool
	Note          func(text string) // is told what happens to the interfaces, and by whom it is to be read; nil: nobody
}

// DefaultBuffer is LiveOptions.Buffer's default.
const DefaultBuffer = 16 << 20

// LiveInterface is what is captured from.
type LiveInterface struct {
	Name string
	Link reassembly.LinkType
}

// Counters are what became of the packets of a live capture.
type Counters struct {
	Received         uint64 // handed out
	Dropped          uint64 // by the kernel, for want of buffer
	InterfaceDropped uint64 // by the interfaces and their drivers, since the capture began
}

// NoCapture is an error of opening an interface: what failed, on which one, and what to do about it.
type NoCapture struct {
	Interface string
	Err       error
	Hint      string
}

func (e *NoCapture) Error() string {
	text := "interface " + e.Interface + ": cannot be captured: " + e.Err.Error()
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

func (e *NoCapture) Unwrap() error { return e.Err }
