// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"bytes"
	"cmp"
	"io"
	"math"
	"os"
	"slices"
	"sync/atomic"

	"github.com/dtn-tools/tcpcl/reassembly"
)

// probeSize is the buffer for a look at a file's first packet.
const probeSize = 8 << 10

// Timeline reads several captures as one, by the time of their packets. Within a file the order is the file's, even where
// its times go backwards; packets of the same time come in the order of the files. Files are opened when their first packet
// is due, so of captures that follow each other only one is open at a time.
//
// Only Progress may be called from another goroutine.
type Timeline struct {
	// OnSecret, if set before the first packet is read, is called for each decryption secret when it is met, before the packets
	// behind it.
	OnSecret func(Secret)

	// Ahead are octets of standard input that its reader has taken already, to tell what it is.
	Ahead []byte

	waiting []*member // not yet open, by key
	open    []*member // heap, by key
	failed  []error   // to be returned before anything else
	infos   []*Info
	kept    kept
	frame   uint64
	started bool

	swap func(used []byte) []byte // as window has it, for all files

	last  *File  // the only file left: there is nothing to compare its packets with any more
	ahead uint64 // what the timeline's count of packets is ahead of its

	read  atomic.Int64
	total int64
}

// member is one file of a timeline.
type member struct {
	name  string
	index int   // in the order given
	key   int64 // latest time met in the file, or that of its first packet
	file  *File // nil while waiting

	packet reassembly.Packet // to be handed out next, if loaded
	loaded bool
	frame  uint64 // of the packet read last, in the file's count
}

// before is the order of packets.
func (m *member) before(o *member) bool { return m.compare(o) < 0 }

func (m *member) compare(o *member) int {
	return cmp.Or(cmp.Compare(m.key, o.key), cmp.Compare(m.index, o.index))
}

// NewTimeline makes a timeline of the files named, "-" being standard input. Nothing is opened yet: what cannot be opened
// is an error of Next.
func NewTimeline(names []string) *Timeline {
	t := new(Timeline)
	var pipes bool
	for i, name := range names {
		if name == stdin && slices.Index(names, stdin) < i {
			t.failed = append(t.failed, &Error{File: displayName(stdin), Offset: -1, What: "named twice",
				Hint: "it can be read only once"})
			continue
		}
		t.waiting = append(t.waiting, &member{name: name, index: i, key: math.MinInt64})
		size, regular := fileSize(name)
		t.total += size
		pipes = pipes || !regular
	}
	if pipes {
		t.total = 0
	}
	return t
}

// Lend makes the octets of packets stay valid beyond the next call of Next: a buffer of which all packets were given is handed to
// swap, and not used again unless swap returns it. swap returns a buffer, or nil where it has none. Lend is called before Next.
func (t *Timeline) Lend(swap func(used []byte) []byte) { t.swap = swap }

// fileSize returns the size of a file that can be read more than once. It is 0 and true for one that cannot be opened.
func fileSize(name string) (size int64, regular bool) {
	var info os.FileInfo
	var err error
	if name == stdin {
		info, err = os.Stdin.Stat()
	} else {
		info, err = os.Stat(name)
	}
	switch {
	case err != nil:
		return 0, true
	case !info.Mode().IsRegular():
		return 0, false
	}
	return info.Size(), true
}

// Next reads the next packet of all files into p, as File.Next does. p.Frame counts packets over all files. Errors other
// than io.EOF are about one file, in whose own count their Frame is; reading goes on with what is left of it and the others.
func (t *Timeline) Next(p *reassembly.Packet) error {
	if t.last == nil {
		return t.next(p)
	}
	err := t.last.Next(p)
	if err == nil {
		p.Frame += t.ahead
	} else if err == io.EOF {
		t.last = nil
		return t.next(p)
	}
	return err
}

// next is Next while files have to be chosen from.
func (t *Timeline) next(p *reassembly.Packet) error {
	if !t.started {
		t.started = true
		t.kept.onSecret = t.OnSecret
		t.order()
	}
	for {
		if len(t.failed) > 0 {
			err := t.failed[0]
			t.failed = t.failed[1:]
			return err
		}
		if len(t.waiting) > 0 && (len(t.open) == 0 || t.waiting[0].before(t.open[0])) {
			t.openNext()
			continue
		}
		if len(t.open) == 0 {
			return io.EOF
		}
		first := t.open[0]
		if first.loaded {
			first.loaded = false
			*p = first.packet
			p.Frame = t.number(first, p.Frame)
			return nil
		}
		if err := first.file.Next(&first.packet); err == io.EOF {
			t.closeFirst()
			continue
		} else if err != nil {
			return err
		}
		if len(t.open) == 1 && len(t.waiting) == 0 {
			t.last, t.ahead = first.file, t.frame-first.frame
			*p = first.packet
			p.Frame += t.ahead
			return nil
		}
		first.loaded = true
		first.key = max(first.key, first.packet.Time)
		t.sink(0)
	}
}

// order sorts the files by the time of their first packet. What can be read only once, or has no packet to tell, comes
// first and stays open until its packets are due. A single file needs no order.
func (t *Timeline) order() {
	if len(t.waiting) < 2 {
		return
	}
	for _, m := range t.waiting {
		if _, regular := fileSize(m.name); regular && m.name != stdin {
			m.key = firstTime(m.name)
		}
	}
	slices.SortFunc(t.waiting, (*member).compare)
}

// firstTime opens a file for a look at the time of its first packet. Errors are left for when the file is read.
func firstTime(name string) int64 {
	f, err := openFile(name, new(kept), new(atomic.Int64), probeSize)
	if err != nil {
		return math.MinInt64
	}
	defer f.Close()
	for {
		var p reassembly.Packet
		switch err := f.Next(&p); err {
		case nil:
			return p.Time
		case io.EOF:
			return math.MinInt64
		}
	}
}

// openNext opens the first file that waits.
func (t *Timeline) openNext() {
	m := t.waiting[0]
	t.waiting = t.waiting[1:]
	f, err := t.openFile(m.name)
	if err != nil {
		t.failed = append(t.failed, err)
		return
	}
	m.file, f.swap = f, t.swap
	t.infos = append(t.infos, f.Info())
	t.open = append(t.open, m)
	t.rise(len(t.open) - 1)
}

// EverySecret reads whole files for their decryption secrets: those that can be read more than once and are pcapng. What is wrong with them
// is told where their packets are read.
func EverySecret(names []string, use func(Secret)) {
	for _, name := range names {
		if _, regular := fileSize(name); !regular || name == stdin {
			continue
		}
		f, err := openFile(name, &kept{onSecret: use}, new(atomic.Int64), bufferSize)
		if err != nil {
			continue
		}
		for f.info.Format == "pcapng" {
			if err := f.Next(new(reassembly.Packet)); err == io.EOF {
				break
			}
		}
		f.Close()
	}
}

func (t *Timeline) openFile(name string) (*File, error) {
	if name == stdin && len(t.Ahead) > 0 {
		return newFile(displayName(stdin), io.MultiReader(bytes.NewReader(t.Ahead), &counter{os.Stdin, &t.read}), &t.kept, bufferSize)
	}
	return openFile(name, &t.kept, &t.read, bufferSize)
}

// closeFirst closes the first of the open files. An error of closing what was only read tells nobody anything.
func (t *Timeline) closeFirst() {
	t.open[0].file.Close()
	last := len(t.open) - 1
	t.open[0], t.open[last] = t.open[last], nil
	t.open = t.open[:last]
	t.sink(0)
}

// number carries a file's count on in the timeline's. Packets that could not be read keep their numbers.
func (t *Timeline) number(m *member, frame uint64) uint64 {
	t.frame += frame - m.frame
	m.frame = frame
	return t.frame
}

func (t *Timeline) rise(i int) {
	for i > 0 {
		up := (i - 1) / 2
		if !t.open[i].before(t.open[up]) {
			return
		}
		t.open[i], t.open[up] = t.open[up], t.open[i]
		i = up
	}
}

func (t *Timeline) sink(i int) {
	for {
		least := i
		for down := 2*i + 1; down <= 2*i+2 && down < len(t.open); down++ {
			if t.open[down].before(t.open[least]) {
				least = down
			}
		}
		if least == i {
			return
		}
		t.open[i], t.open[least] = t.open[least], t.open[i]
		i = least
	}
}

// Progress returns how many octets of the files have been read, before any decompression, and how many there are; total is
// 0 when that is not known. It may be called from any goroutine.
func (t *Timeline) Progress() (read, total int64) { return t.read.Load(), t.total }

// Infos returns what the files opened so far said of themselves, in the order in which they were opened.
func (t *Timeline) Infos() []*Info { return t.infos }

// Secrets returns the decryption secrets met so far in all files. The list only ever grows.
func (t *Timeline) Secrets() []Secret { return t.kept.secrets }

// Close closes all files.
func (t *Timeline) Close() error {
	t.waiting, t.failed, t.last = nil, nil, nil
	for len(t.open) > 0 {
		t.closeFirst()
	}
	return nil
}
