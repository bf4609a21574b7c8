// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"bytes"
	"encoding/hex"
	"fmt"

	"github.com/dtn-tools/tcpcl/bundle"
	"github.com/dtn-tools/tcpcl/dissect/record"
)

// SecurityKeys are keys for the security blocks of bundles (BPSec, RFC 9172 and 9173): each for those of a security source, or for all.
type SecurityKeys struct{ keys []securityKey }

type securityKey struct {
	source string // "*": any
	key    []byte
}

// maxSecured bounds the octets of a bundle that are kept for its security blocks. A longer one is not checked.
const maxSecured = 16 << 20

// secure keeps a piece of a transfer's data for the security blocks of its bundle, as long as there is room for it.
func (w *worker) secure(x *xfer, offset uint64, d []byte) {
	n := int64(len(d))
	if offset != uint64(len(x.octets)) || len(x.octets)+len(d) > maxSecured || w.secured+n > w.memory/4 {
		return
	}
	w.secured += n
	x.octets = append(x.octets, d...)
}

// maxOperations bounds the operations that are told of a bundle.
const maxOperations = 256

// Add takes lines of a security source (an endpoint ID, or * for any) and a key in hexadecimal: the one of the HMAC or the cipher, or the
// one that it is wrapped with. Empty lines, and those that begin with #, say nothing. The error names the line.
func (k *SecurityKeys) Add(text []byte) error {
	n := 0
	for line := range bytes.Lines(text) {
		n++
		fields := bytes.Fields(line)
		if len(fields) == 0 || fields[0][0] == '#' {
			continue
		}
		if len(fields) != 2 {
			return fmt.Errorf("line %d: a security source and a key in hexadecimal are needed", n)
		}
		key, err := hex.DecodeString(string(fields[1]))
		if err != nil || len(key) == 0 {
			return fmt.Errorf("line %d: the key is not hexadecimal", n)
		}
		k.keys = append(k.keys, securityKey{string(fields[0]), key})
	}
	return nil
}

// secure says what came of the security operations of a bundle. octets are all of the bundle's, or nil: then nothing is checked. A BIB may
// be encrypted, so BCBs come first.
func (k *SecurityKeys) secure(list []record.SecurityOperation, b *bundle.Bundle, octets []byte) []record.SecurityOperation {
	var o *bundle.Opener
	if k != nil && octets != nil && b.State == bundle.Complete {
		o = bundle.NewOpener(octets, b)
	}
	for _, kind := range [...]bundle.BlockType{bundle.BlockBCB, bundle.BlockBIB} {
		for i := range b.Blocks {
			if block := &b.Blocks[i]; b.Version == 7 && block.Type == kind && len(list) < maxOperations {
				list = k.block(list, o, block)
			}
		}
	}
	return list
}

// block adds the operations of a security block.
func (k *SecurityKeys) block(list []record.SecurityOperation, o *bundle.Opener, block *bundle.Block) []record.SecurityOperation {
	read := block.Security
	if o != nil {
		read = func() (bundle.Security, error) { return o.Security(block) }
	}
	s, err := read()
	if err != nil {
		return list
	}
	source := s.Source.String()
	states := make(map[uint64]string, len(s.Targets))
	if o != nil {
		for _, key := range k.keys {
			if key.source != "*" && key.source != source {
				continue
			}
			open, good := o.Verify, record.SecurityVerified
			if block.Type == bundle.BlockBCB {
				open, good = o.Decrypt, record.SecurityDecrypted
			}
			opened, err := open(block, key.key)
			if err != nil {
				continue
			}
			for _, t := range opened {
				if t.Err == nil {
					states[t.Target] = good
				} else if states[t.Target] == "" {
					states[t.Target] = record.SecurityFailed
				}
			}
		}
	}
	for _, target := range s.Targets[:min(len(s.Targets), maxOperations)] {
		state := states[target]
		if state == "" {
			state = record.SecurityUnchecked
		}
		list = append(list, record.SecurityOperation{Block: block.Number, Confidentiality: block.Type == bundle.BlockBCB, Target: target, Source: source,
			Context: s.ContextName(), State: state})
	}
	return list
}
