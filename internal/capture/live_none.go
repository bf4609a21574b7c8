// SPDX-License-Identifier: Apache-2.0

//go:build !linux && !libpcap

package capture

import (
	"errors"
	"io"

	"github.com/dtn-tools/tcpcl/reassembly"
)

// Live captures packets from interfaces; not in this build.
type Live struct{}

var errNoLive = errors.New("this build reads files only")

const liveHint = "build it with -tags libpcap, which needs cgo and libpcap"

// OpenLive says that there is no capture.
func OpenLive(o LiveOptions) (*Live, error) {
	return nil, &NoCapture{o.Interfaces[0], errNoLive, liveHint}
}

// Capturable says why nothing can be captured.
func Capturable() error { return &NoCapture{AnyInterface, errNoLive, liveHint} }

func (*Live) Interfaces() []LiveInterface   { return nil }
func (*Live) From() int                     { return 0 }
func (*Live) Next(*reassembly.Packet) error { return io.EOF }
func (*Live) Counters() Counters            { return Counters{} }
func (*Live) Stop()                         {}
func (*Live) Close() error                  { return nil }
