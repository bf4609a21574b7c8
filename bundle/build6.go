// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"bytes"
	"fmt"

	"github.com/dtn-tools/tcpcl/wire/sdnv"
)

// Builder6 writes a bundle of BPv6 (RFC 5050). It writes legal bundles only. Where all endpoint IDs are ipn or null they are
// written without a dictionary (RFC 6260).
type Builder6 struct {
	Outline
	Custodian  EID
	Blocks     []NewBlock // before the payload, in their order; without EID references
	Payload    []byte
	BlockFlags BlockFlags // of the payload block; BlockLast is added
}

// Append appends the bundle to dst. On an error dst is returned as it was.
func (w *Builder6) Append(dst []byte) ([]byte, error) {
	if err := w.check(); err != nil {
		return dst, err
	}
	eids := [...]*EID{&w.Destination, &w.Source, &w.ReportTo, &w.Custodian}
	var body, dict []byte
	for i, e := range eids {
		if dictionary(eids[:]) {
			var offsets [2]uint64
			for j, word := range words6(e) {
				if len(word) > 1023 || len(word) == 0 || bytes.IndexByte(word, 0) >= 0 {
					return dst, fmt.Errorf("%w: endpoint ID %d", ErrEID, i)
				}
				dict, offsets[j] = addWord(dict, word)
			}
			body = sdnv.Append(sdnv.Append(body, offsets[0]), offsets[1])
		} else {
			body = sdnv.Append(sdnv.Append(body, e.Node), e.Service)
		}
	}
	for _, v := range []uint64{w.Created.Time, w.Created.Sequence, w.Lifetime, uint64(len(dict))} {
		body = sdnv.Append(body, v)
	}
	body = append(body, dict...)
	if w.Flags&FlagFragment != 0 {
		body = sdnv.Append(sdnv.Append(body, w.FragmentOffset), w.TotalLength)
	}
	dst = sdnv.Append(append(dst, 6), uint64(w.Flags))
	dst = append(sdnv.Append(dst, uint64(len(body))), body...)
	for _, k := range w.Blocks {
		dst = appendBlock6(dst, k)
	}
	return appendBlock6(dst, NewBlock{Type: BlockPayload, Flags: w.BlockFlags | BlockLast, Data: w.Payload}), nil
}

func (w *Builder6) check() error {
	if err := w.Outline.check(known6, reports6, len(w.Payload)); err != nil {
		return err
	}
	if w.Flags&FlagPriority == FlagPriority || w.Flags&FlagCustody != 0 && (w.Flags&FlagAdmin != 0 || w.Source.IsNull()) {
		return fmt.Errorf("%w: priority 3, or custody of what has none", ErrFlags) // RFC 5050 4.2
	}
	for _, e := range []*EID{&w.Destination, &w.Source, &w.ReportTo, &w.Custodian} {
		if e.Form != EIDDTN && e.Form != EIDIPN && e.Form != EIDURI || e.Form == EIDIPN && e.Allocator() != 0 { // RFC 9758 7.4
			return ErrEID
		}
	}
	for _, k := range w.Blocks {
		switch {
		case k.Type == BlockPayload || k.Type > 255:
			return fmt.Errorf("%w: %d", ErrBlockType, uint64(k.Type))
		case k.Flags&^(knownBlock7|BlockUnprocessed) != 0 || k.Flags&BlockReport != 0 && w.Flags&FlagAdmin != 0:
			return fmt.Errorf("%w: of a block: %#x", ErrFlags, uint64(k.Flags))
		}
	}
	return nil
}

// dictionary tells whether endpoint IDs need one.
func dictionary(eids []*EID) bool {
	for _, e := range eids {
		if e.Form != EIDIPN && !e.IsNull() {
			return true
		}
	}
	return false
}

// words6 returns the scheme and the scheme-specific part of an endpoint ID.
func words6(e *EID) [2][]byte {
	scheme, ssp, _ := bytes.Cut(e.Append(nil), []byte{':'})
	return [2][]byte{scheme, ssp}
}

// addWord puts a word into a dictionary unless it is there, and says where it is.
func addWord(dict, word []byte) (grown []byte, at uint64) {
	for i := 0; i < len(dict); i += bytes.IndexByte(dict[i:], 0) + 1 {
		if bytes.HasPrefix(dict[i:], word) && dict[i+len(word)] == 0 {
			return dict, uint64(i)
		}
	}
	return append(append(dict, word...), 0), uint64(len(dict))
}

func appendBlock6(dst []byte, k NewBlock) []byte {
	dst = sdnv.Append(append(dst, byte(k.Type)), uint64(k.Flags))
	return append(sdnv.Append(dst, uint64(len(k.Data))), k.Data...)
}
