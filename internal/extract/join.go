// SPDX-License-Identifier: Apache-2.0

package extract

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// joiner writes application data units out of the files of their fragments. It is used by the goroutine that writes the manifest.
type joiner struct {
	written int
	hash    hash.Hash // nil: not wanted
	buffers [2][]byte
}

// Joined is how many application data units were written.
func (e *Extractor) Joined() int { return e.joiner.written }

// Join writes the octets of an application data unit to a file of its own, adu-NNN.payload, and says so in u.
func (e *Extractor) Join(u *record.ADU) error {
	j := &e.joiner
	j.written++
	u.File = fmt.Sprintf("adu-%03d.payload", j.written)
	f, err := e.dir.create(u.File)
	if err != nil {
		return err
	}
	var to io.Writer = f
	if j.hash != nil {
		j.hash.Reset()
		to = io.MultiWriter(f, j.hash)
	}
	for i := range u.Parts {
		if err = e.copyPart(to, &u.Parts[i]); err != nil {
			break
		}
	}
	if err := e.dir.explain(u.File, errors.Join(err, f.Close())); err != nil {
		return err
	}
	if j.hash != nil {
		u.SHA256 = j.hash.Sum(nil)
	}
	return nil
}

// Same reports whether two fragments have the same octets where they overlap.
func (e *Extractor) Same(earlier, later record.ADUPart) bool {
	same := &comparison{equal: true}
	for i, p := range [...]*record.ADUPart{&earlier, &later} {
		f, r, err := e.openPart(p)
		if err != nil {
			e.fail(e.dir.explain(p.File, err))
			return true
		}
		defer f.Close()
		same.readers[i] = r
	}
	if err := same.run(e.joiner.buffer(0), e.joiner.buffer(1)); err != nil {
		e.fail(e.dir.explain(later.File, err))
		return true
	}
	return same.equal
}

// comparison compares what two readers give.
type comparison struct {
	readers [2]io.Reader
	equal   bool
}

func (c *comparison) run(a, b []byte) error {
	for {
		n, err := io.ReadFull(c.readers[0], a)
		m, err2 := io.ReadFull(c.readers[1], b[:max(n, 1)])
		if n == 0 && err == io.EOF {
			return nil
		}
		if err2 != nil {
			return err2
		}
		if c.equal = c.equal && bytes.Equal(a[:n], b[:m]); !c.equal || err == io.ErrUnexpectedEOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (j *joiner) buffer(i int) []byte {
	if j.buffers[i] == nil {
		j.buffers[i] = make([]byte, writeSize)
	}
	return j.buffers[i]
}

// openPart opens a part's fragment at the part's octets. The caller closes the file.
func (e *Extractor) openPart(p *record.ADUPart) (*os.File, io.Reader, error) {
	f, err := e.dir.root.Open(p.File)
	if err != nil {
		return nil, nil, err
	}
	return f, io.NewSectionReader(f, int64(p.Payload+p.Skip), int64(p.Length)), nil
}

func (e *Extractor) copyPart(to io.Writer, p *record.ADUPart) error {
	f, r, err := e.openPart(p)
	if err != nil {
		return err
	}
	defer f.Close()
	n, err := io.CopyBuffer(to, struct{ io.Reader }{r}, e.joiner.buffer(0))
	if err == nil && uint64(n) < p.Length {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// newJoiner makes one; hashed says whether the SHA-256 of units is wanted.
func newJoiner(hashed bool) joiner {
	if !hashed {
		return joiner{}
	}
	return joiner{hash: sha256.New()}
}
