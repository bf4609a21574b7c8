// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dtn-tools/tcpcl/reassembly"
)

// RecordingOptions say how packets are written to files.
type RecordingOptions struct {
	Name        string // of the file; "-" is standard output. With any of the conditions of Next: the pattern of the files' names
	Application string // what the files say that wrote them
	Filter      string // text of the capture filter, for those who read the files
	Next        Rotation
	Keep        int // of the files so many are kept, the oldest ones go; 0: all

	// Secrets, if set, appends the lines of a TLS key log that became known since a version, and tells the version they are of.
	Secrets func(dst []byte, since uint64) ([]byte, uint64)
	// Counters, if set, tell what became of the packets of the interfaces together.
	Counters func() Counters
	// Note, if set, is told what people should know.
	Note func(text string)
}

// Rotation says when the next file begins. The zero value is never.
type Rotation struct {
	Duration time.Duration // so long after the file's first packet
	Interval time.Duration // whenever the time of day is a multiple of it
	Size     int64         // octets
	Packets  uint64
}

// Any says whether there is any condition.
func (r Rotation) Any() bool { return r != Rotation{} }

// Recording writes packets to pcapng files. Whatever happens, a file can be read to its last whole packet: blocks are written whole,
// and what a full disk took a part of is cut off again. It is for one goroutine.
type Recording struct {
	o       RecordingOptions
	file    *os.File
	path    string
	out     blocks
	size    int64 // octets of whole blocks in the file
	packets uint64
	begun   int64 // time of the file's first packet
	until   int64 // when Interval ends it

	serial     int
	kept       []string
	interfaces []LiveInterface // of the section
	secrets    uint64          // version of those written
	time       int64           // of the last packet

	total   uint64 // packets
	files   int
	failed  error  // why nothing can be written at the moment
	lost    uint64 // packets that could not be written
	retry   time.Time
	everBad error
}

const (
	// gather is how much is written at once while packets come fast.
	gather = 256 << 10
	// retryAfter is how long after a failure writing is tried again.
	retryAfter = 10 * time.Second
)

// NewRecording makes a recording and its first file, so that what forbids that is known before anything else.
func NewRecording(o RecordingOptions) (*Recording, error) {
	if o.Note == nil {
		o.Note = func(string) {}
	}
	r := &Recording{o: o}
	if o.Next.Any() && o.Name == stdin {
		return nil, errors.New("standard output cannot be followed by a next file")
	}
	if o.Next.Any() {
		return r, r.check() // the first packet's time names the first file
	}
	r.o.Note = func(string) {} // the error says it
	err := r.open(0)
	r.o.Note = o.Note
	return r, err
}

// check says whether files can be made where they are to be.
func (r *Recording) check() error {
	f, err := os.CreateTemp(filepath.Dir(r.o.Name), ".tcpcl-*")
	if err != nil {
		return fmt.Errorf("%s: cannot be written: %w", r.o.Name, withoutPath(err))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// Packet writes a packet that came from the interface named, "" where it has no name.
func (r *Recording) Packet(p *reassembly.Packet, from LiveInterface, comments ...string) {
	r.time = p.Time
	if r.failed != nil && !r.mayRetry() {
		r.lost++
		return
	}
	if r.Due(p.Time) {
		r.next(p.Time)
	}
	if r.file == nil {
		if err := r.open(p.Time); err != nil {
			r.fail(err)
			r.lost++
			return
		}
	}
	if r.packets == 0 {
		r.begun = p.Time
		if i := int64(r.o.Next.Interval); i > 0 {
			r.until = p.Time - p.Time%i + i
		}
	}
	i := slices.Index(r.interfaces, from)
	if i < 0 {
		i = len(r.interfaces)
		r.interfaces = append(r.interfaces, from)
		r.out.iface(from, r.o.Filter)
	}
	r.out.packet(p, i, comments)
	r.packets++
	r.total++
	if len(r.out.b) >= gather {
		r.flush()
	}
}

// Due says whether a packet of a time belongs in the next file.
func (r *Recording) Due(t int64) bool {
	n := &r.o.Next
	return r.file != nil && r.packets > 0 && (n.Duration > 0 && t-r.begun >= int64(n.Duration) || n.Interval > 0 && t >= r.until ||
		n.Size > 0 && r.size+int64(len(r.out.b)) >= n.Size || n.Packets > 0 && r.packets >= n.Packets)
}

// Idle writes what was gathered, and what became known of TLS, when there is time.
func (r *Recording) Idle() {
	if r.file == nil || r.failed != nil && !r.mayRetry() {
		return
	}
	r.addSecrets()
	r.flush()
}

func (r *Recording) addSecrets() {
	if r.o.Secrets == nil {
		return
	}
	text, version := r.o.Secrets(nil, r.secrets)
	if r.secrets = version; len(text) > 0 {
		r.out.secrets(text)
	}
}

// Size is how many octets the file at hand has, Packets how many packets there are in all files, Files how many files were ended.
func (r *Recording) Size() int64     { return r.size + int64(len(r.out.b)) }
func (r *Recording) Packets() uint64 { return r.total }
func (r *Recording) Files() int      { return r.files }

// open makes a file and writes what comes before packets.
func (r *Recording) open(t int64) error {
	r.path = r.o.Name
	if r.o.Next.Any() {
		r.serial++
		extension := filepath.Ext(r.o.Name)
		r.path = fmt.Sprintf("%s_%05d_%s%s", strings.TrimSuffix(r.o.Name, extension), r.serial, time.Unix(0, t).Format("20060102150405"), extension)
	}
	if r.path == stdin {
		r.file = os.Stdout
	} else {
		f, err := os.Create(r.path)
		if err != nil {
			return fmt.Errorf("%s: cannot be written: %w", r.path, withoutPath(err))
		}
		r.file = f
	}
	r.size, r.packets, r.interfaces, r.secrets = 0, 0, nil, 0
	r.out.b = r.out.b[:0]
	r.out.section(r.o.Application)
	r.addSecrets()
	r.flush()
	return r.failed
}

// next ends the file; the next one begins with the packet of a time. Only then the oldest one goes.
func (r *Recording) next(t int64) {
	ended := r.path
	if err := r.end(); err != nil {
		r.fail(err)
	}
	r.kept = append(r.kept, ended)
	if r.o.Keep > 0 {
		for len(r.kept) >= r.o.Keep {
			if err := os.Remove(r.kept[0]); err != nil && !errors.Is(err, os.ErrNotExist) {
				r.o.Note(r.kept[0] + ": cannot be removed: " + withoutPath(err).Error())
			}
			r.kept = r.kept[1:]
		}
	}
	if err := r.open(t); err != nil {
		r.fail(err)
	}
}

// end ends the file.
func (r *Recording) end() error {
	if r.file == nil {
		return nil
	}
	r.addSecrets()
	if r.o.Counters != nil {
		for i := range r.interfaces {
			c := r.o.Counters()
			if i > 0 {
				c = Counters{} // the counters are of all interfaces together, and told once
			}
			r.out.statistics(i, r.time, c)
		}
	}
	r.flush()
	err := r.failed
	if r.file != os.Stdout {
		err = errors.Join(err, r.file.Close())
	}
	r.file = nil
	r.files++
	return err
}

// flush writes what was gathered. What was written of it in vain is cut off again.
func (r *Recording) flush() {
	if len(r.out.b) == 0 || r.file == nil {
		return
	}
	n, err := r.file.Write(r.out.b)
	if err == nil {
		r.size += int64(n)
		r.out.b = r.out.b[:0]
		if r.failed != nil {
			r.failed = nil
			r.o.Note(fmt.Sprintf("%s: is written again; %d packets are missing from it", r.path, r.lost))
		}
		return
	}
	whole := wholeBlocks(r.out.b[:n])
	r.size += int64(whole)
	if r.file != os.Stdout {
		_ = r.file.Truncate(r.size) // if that fails, the last block is cut, which readers can tell
		_, _ = r.file.Seek(r.size, io.SeekStart)
	}
	packets, interfaces := count(r.out.b[whole:])
	r.lost += packets
	r.interfaces = r.interfaces[:len(r.interfaces)-interfaces] // which are to be described again
	r.out.b = r.out.b[:0]
	if r.size == 0 && r.file != os.Stdout { // nor is there a section
		_ = r.file.Close()
		r.file = nil
	}
	r.fail(fmt.Errorf("%s: cannot be written: %w", r.path, withoutPath(err)))
}

// fail notes a failure; recording goes on when it can.
func (r *Recording) fail(err error) {
	r.retry = time.Now().Add(retryAfter)
	if r.failed == nil {
		r.o.Note(err.Error() + "; packets are not recorded until it can be")
	}
	r.failed, r.everBad = err, err
}

func (r *Recording) mayRetry() bool { return time.Now().After(r.retry) }

// wholeBlocks is how many octets of b whole blocks take up.
func wholeBlocks(b []byte) (whole int) {
	eachBlock(b, func(_ uint32, end int) { whole = end })
	return whole
}

// count counts the packets and the descriptions of interfaces.
func count(b []byte) (packets uint64, interfaces int) {
	eachBlock(b, func(kind uint32, _ int) {
		switch kind {
		case blockEnhanced:
			packets++
		case blockInterface:
			interfaces++
		}
	})
	return packets, interfaces
}

// eachBlock goes through the whole blocks at the beginning of b, which this package wrote.
func eachBlock(b []byte, f func(kind uint32, end int)) {
	for at := 0; at+8 <= len(b); {
		kind, length := binary.LittleEndian.Uint32(b[at:]), int(binary.LittleEndian.Uint32(b[at+4:]))
		if at += length; at <= len(b) {
			f(kind, at)
		}
	}
}

// Reopen begins the file anew if it was moved away or removed, as programs that rotate logs do.
func (r *Recording) Reopen() {
	if r.file == nil || r.path == stdin || r.o.Next.Any() {
		return
	}
	r.flush()
	if mine, err := r.file.Stat(); err == nil {
		if there, err := os.Stat(r.path); err == nil && os.SameFile(mine, there) {
			return
		}
	}
	if err := r.end(); err != nil {
		r.fail(err)
	}
	if err := r.open(r.time); err != nil {
		r.fail(err)
	}
}

// Close ends the recording. The error tells that packets could not be written.
func (r *Recording) Close() error {
	err := r.end()
	if r.lost > 0 {
		return fmt.Errorf("%w; %d packets were not recorded", r.everBad, r.lost)
	}
	return err
}
