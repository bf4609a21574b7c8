// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"errors"
	"slices"
)

// sec is a BIB or a BCB that was decoded.
type sec struct {
	k *Block
	s Security
}

// security7 marks the blocks that are encrypted, and looks at the security blocks (RFC 9172, 9173). It reports whether a BIB
// has the primary block as its target.
func (b *Bundle) security7() (signed bool) {
	var all []sec
	for i := range b.Blocks { // those that encrypt others first: what they encrypt is not to be decoded
		if k := &b.Blocks[i]; k.Type == BlockBCB {
			if s, err := k.Security(); err == nil || len(s.Targets) > 0 {
				b.encrypt(s.Targets)
			}
		}
	}
	for i := range b.Blocks {
		k := &b.Blocks[i]
		if k.Type != BlockBIB && k.Type != BlockBCB {
			continue
		}
		s, err := k.Security()
		if err != nil {
			if !errors.Is(err, ErrNotKept) && !errors.Is(err, ErrEncrypted) {
				b.find("BPv7-49", k.DataSpan.Offset, err.Error())
			}
			continue
		}
		all = append(all, sec{k, s})
		signed = signed || k.Type == BlockBIB && slices.Contains(s.Targets, 0)
	}
	for i := range all {
		b.asb7(&all[i])
		b.targets7(all, i)
		b.context7(&all[i])
	}
	return signed
}

func (b *Bundle) encrypt(targets []uint64) {
	for i := range b.Blocks {
		if k := &b.Blocks[i]; k.Type != BlockBCB && slices.Contains(targets, k.Number) {
			k.Encrypted = true
		}
	}
}

// numbered returns the first block with a number.
func (b *Bundle) numbered(number uint64) *Block {
	for i := range b.Blocks {
		if b.Blocks[i].Number == number && b.Blocks[i].fields == 6 {
			return &b.Blocks[i]
		}
	}
	return nil
}

// asb7 looks at one abstract security block.
func (b *Bundle) asb7(x *sec) {
	at := x.s.TargetsSpan.Offset
	if len(x.s.Targets) == 0 {
		b.find("BPv7-49", at, "the security block has no target")
	}
	for i, target := range x.s.Targets {
		if i < MaxBlocks && slices.Contains(x.s.Targets[:i], target) {
			b.find("BPv7-49", at, "the security block has a target twice")
		}
		if target != 0 && b.State == Complete && b.BlockCount == uint64(len(b.Blocks)) && b.numbered(target) == nil {
			b.find("BPv7-49", at, "the security block has a target that is not there")
		}
		if b.FindingCount >= MaxFindings {
			break
		}
	}
	if x.s.Flags&^SecurityHasParameters != 0 {
		b.find("BPv7-50", x.s.FlagsSpan.Offset, "unassigned flags of a security block are set")
	}
	if x.s.Flags&SecurityHasParameters != 0 && len(x.s.Parameters) == 0 {
		b.find("BPv7-50", x.s.FlagsSpan.Offset, "the flags of the security block announce parameters and there are none")
	}
	b.eid7(&x.s.Source, x.s.SourceSpan.Offset)
}

// targets7 looks at what a security block and the others have as targets (RFC 9172 3.2, 3.7 to 3.9).
func (b *Bundle) targets7(all []sec, i int) {
	x := &all[i]
	at := x.s.TargetsSpan.Offset
	for _, target := range x.s.Targets {
		if b.FindingCount >= MaxFindings {
			return
		}
		for j := range i {
			if all[j].k.Type == x.k.Type && slices.Contains(all[j].s.Targets, target) {
				b.find("BPv7-51", at, "a target has another security block of this type")
			}
		}
		t := b.numbered(target)
		switch {
		case x.k.Type == BlockBIB && t != nil && (t.Type == BlockBIB || t.Type == BlockBCB):
			b.find("BPv7-52", at, "the target of a BIB is a security block")
		case x.k.Type == BlockBCB && (target == 0 || t != nil && t.Type == BlockBCB):
			b.find("BPv7-53", at, "the target of a BCB is the primary block or a BCB")
		case x.k.Type == BlockBCB && t != nil && t.Type == BlockPayload && x.k.Flags&BlockReplicate == 0:
			b.find("BPv7-54", x.k.Fields().Flags.Offset, "a BCB of the payload is not to be replicated in every fragment")
		case x.k.Type == BlockBIB && t != nil && t.Encrypted && !x.k.Encrypted:
			b.find("BPv7-56", at, "a BIB has a target that is encrypted, and is not encrypted itself")
		}
	}
	if x.k.Type == BlockBCB && x.k.Flags&BlockDiscard != 0 {
		b.find("BPv7-55", x.k.Fields().Flags.Offset, "a BCB is to be discarded if it cannot be processed")
	}
}

// context7 looks at what the contexts of RFC 9173 ask for.
func (b *Bundle) context7(x *sec) {
	s := &x.s
	switch {
	case s.Context == ContextBIBHMACSHA2 && x.k.Type == BlockBIB:
		b.hmac7(x)
	case s.Context == ContextBCBAESGCM && x.k.Type == BlockBCB:
		b.gcm7(x)
	case s.Context == ContextBIBHMACSHA2 || s.Context == ContextBCBAESGCM:
		b.find("BPv7-59", s.ContextSpan.Offset, "the security context is not one for blocks of this type")
	}
}

func (b *Bundle) hmac7(x *sec) {
	variant, size := uint64(shaDefault), 0
	if p, ok := x.s.parameter(bibVariant); ok {
		variant, _ = p.Uint()
	}
	if h := shaVariant(variant); h == nil {
		b.find("BPv7-57", x.s.ParametersSpan.Offset, "the SHA variant is not 5, 6 or 7")
	} else {
		size = h().Size()
	}
	b.scope7(x, bibScope, "BPv7-57")
	for _, results := range x.s.Results {
		for _, r := range results {
			if mac, ok := r.Bytes(); r.ID == 1 && size > 0 && (!ok || len(mac) != size) {
				b.find("BPv7-57", r.Span.Offset, "the HMAC has not the length of its variant")
			}
		}
	}
}

func (b *Bundle) gcm7(x *sec) {
	if p, ok := x.s.parameter(bcbIV); !ok {
		b.find("BPv7-58", x.s.ParametersSpan.Offset, "there is no initialization vector")
	} else if iv, ok := p.Bytes(); !ok || len(iv) < 8 || len(iv) > 16 {
		b.find("BPv7-58", p.Span.Offset, "the initialization vector has not 8 to 16 octets")
	}
	if p, ok := x.s.parameter(bcbVariant); ok {
		if v, ok := p.Uint(); !ok || v != aes128 && v != aes256 {
			b.find("BPv7-58", p.Span.Offset, "the AES variant is not 1 or 3")
		}
	}
	b.scope7(x, bcbScope, "BPv7-58")
	for _, results := range x.s.Results {
		for _, r := range results {
			if tag, ok := r.Bytes(); r.ID == 1 && (!ok || len(tag) != gcmTag) {
				b.find("BPv7-58", r.Span.Offset, "the authentication tag has not 16 octets")
			}
		}
	}
	if len(x.s.Targets) > 1 {
		b.find("BPv7-58", x.s.TargetsSpan.Offset, "one initialization vector serves several targets (RFC 9173 4.3.1)")
	}
}

// scope7 looks at scope flags.
func (b *Bundle) scope7(x *sec, id uint64, check string) {
	if p, ok := x.s.parameter(id); ok {
		if v, ok := p.Uint(); !ok || v > 0xffff || v&0xf8 != 0 {
			b.find(check, p.Span.Offset, "the scope flags are more than 65535 or have reserved ones set")
		}
	}
}
