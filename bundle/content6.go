// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"bytes"
	"fmt"
)

// previousHop decodes a previous-hop insertion block (RFC 6259 2): one EID reference and no data, or the two strings of an EID.
func (k *Block) previousHop() (EID, error) {
	c, err := k.content(6, BlockPreviousHop)
	if err != nil {
		return EID{}, err
	}
	if len(c.b) == 0 {
		return k.onlyReference()
	}
	scheme, rest, ok := bytes.Cut(c.b, []byte{0})
	ssp, rest, ok2 := bytes.Cut(rest, []byte{0})
	if !ok || !ok2 || len(rest) > 0 || len(scheme) == 0 || k.EIDCount > 0 {
		return EID{}, fmt.Errorf("%w: a scheme name and a scheme-specific part, both ended by an octet of 0, or one EID reference", ErrContent)
	}
	text := make([]byte, 0, len(scheme)+1+len(ssp))
	return textEID(append(append(append(text, scheme...), ':'), ssp...), len(scheme)), nil
}

func (k *Block) onlyReference() (EID, error) {
	if k.EIDCount != 1 || len(k.EIDs) != 1 {
		return EID{}, fmt.Errorf("%w: neither text nor exactly one EID reference", ErrContent)
	}
	return k.EIDs[0], nil
}

// CustodyEnhancement is the content of a custody transfer enhancement block (CCSDS 734.2-B).
type CustodyEnhancement struct {
	ID        uint64
	Custodian EID // a view of the block's data

	IDSpan, CustodianSpan Span
}

// CustodyEnhancement decodes a custody transfer enhancement block of BPv6.
func (k *Block) CustodyEnhancement() (t CustodyEnhancement, err error) {
	c, err := k.content(6, BlockCTEB)
	if err != nil {
		return t, err
	}
	t.ID = c.sdnv()
	t.IDSpan = c.span(0)
	if c.fault == faultNone {
		i := c.i
		text := c.take(len(c.b) - c.i)
		t.CustodianSpan = c.span(i)
		scheme := bytes.IndexByte(text, ':')
		if scheme < 1 {
			return t, fmt.Errorf("%w: the custodian is no endpoint ID", ErrContent)
		}
		t.Custodian = textEID(text, scheme)
	}
	return t, k.finish(&c)
}

// The flags of an extended class of service block.
const (
	ECOSCritical   uint8 = 0x01 // on all paths, for the least delay
	ECOSBestEffort uint8 = 0x02 // a stream: no retransmission
	ECOSLabel      uint8 = 0x04 // a data label is there
	ECOSReliable   uint8 = 0x08
)

// ClassOfService is the content of an extended class of service block.
type ClassOfService struct {
	Flags, Ordinal uint8
	Label          uint64 // with ECOSLabel

	FlagsSpan, OrdinalSpan, LabelSpan Span
}

// ClassOfService decodes an extended class of service block of BPv6.
func (k *Block) ClassOfService() (s ClassOfService, err error) {
	c, err := k.content(6, BlockECOS)
	if err != nil {
		return s, err
	}
	s.Flags = c.octet()
	s.FlagsSpan = c.span(0)
	s.Ordinal = c.octet()
	s.OrdinalSpan = c.span(1)
	if s.Flags&ECOSLabel != 0 {
		s.Label = c.sdnv()
		s.LabelSpan = c.span(2)
	}
	return s, k.finish(&c)
}

// MetadataURI is the metadata type of URIs, each ended by an octet of 0 (RFC 6258 4.1).
const MetadataURI = 1

// Metadata is the content of a metadata block (RFC 6258 3). Data is a view of the block's data.
type Metadata struct {
	Type uint64
	Data []byte

	TypeSpan, DataSpan Span
}

// Metadata decodes a metadata block of BPv6.
func (k *Block) Metadata() (m Metadata, err error) {
	c, err := k.content(6, BlockMetadata)
	if err != nil {
		return m, err
	}
	m.Type = c.sdnv()
	if m.TypeSpan = c.span(0); c.fault == faultNone {
		i := c.i
		m.Data = c.take(len(c.b) - c.i)
		m.DataSpan = c.span(i)
	}
	return m, k.finish(&c)
}
