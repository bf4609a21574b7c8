// SPDX-License-Identifier: Apache-2.0

package bundle

import "fmt"

// The flags of a BPv6 security block (RFC 6257 2.1).
const (
	BSPResult      uint64 = 0x01
	BSPCorrelator  uint64 = 0x02
	BSPParameters  uint64 = 0x04
	BSPDestination uint64 = 0x08
	BSPSource      uint64 = 0x10
)

var bspFlagNames = [...]flagName{{BSPResult, "RESULT"}, {BSPCorrelator, "CORRELATOR"}, {BSPParameters, "PARAMETERS"},
	{BSPDestination, "SECURITY_DESTINATION"}, {BSPSource, "SECURITY_SOURCE"}}

// BSP is the content of a security block of BPv6 (RFC 6257 2.1). Values are views of the block's data.
type BSP struct {
	Ciphersuite uint64
	Flags       uint64
	Correlator  uint64
	Source      EID // where Flags say that the block refers to it
	Destination EID
	Parameters  []BSPItem
	Results     []BSPItem

	CiphersuiteSpan, FlagsSpan, CorrelatorSpan Span
}

// BSPItem is a parameter or a result (RFC 6257 2.6).
type BSPItem struct {
	Type  uint8
	Value []byte
	Span  Span // of Value
}

var bspItems = [...]string{1: "Initialization Vector", 3: "Key Information", 4: "Fragment Range", 5: "Integrity Signature", 7: "Salt",
	8: "PCB Integrity Check Value", 10: "Encapsulated Block", 11: "Block Type of Encapsulated Block"}

// Name returns the name of the item's type; "private", "reserved" or "unassigned" where it has none.
func (i BSPItem) Name() string {
	switch {
	case int(i.Type) < len(bspItems) && bspItems[i.Type] != "":
		return bspItems[i.Type]
	case i.Type >= 192 && i.Type <= 250:
		return "private"
	case i.Type < 12 || i.Type > 250:
		return "reserved"
	}
	return "unassigned"
}

var ciphersuites = map[uint64]string{1: "BAB-HMAC", 2: "PIB-RSA-SHA256", 3: "PCB-RSA-AES128-PAYLOAD-PIB-PCB", 4: "ESB-RSA-AES128-EXT",
	5: "HMAC-SHA256 (ION)", 6: "ARC4-AES128 (ION)", 209: "HMAC-SHA384 (ION)", 210: "ECDSA-SHA256 (ION)", 211: "ECDSA-SHA384 (ION)",
	212: "SHA256-AES128 (ION)", 213: "SHA384-AES256 (ION)"}

// CiphersuiteName returns the name of the ciphersuite, "unassigned" if it has none. Those that only ION knows say so.
func (s *BSP) CiphersuiteName() string {
	if name, ok := ciphersuites[s.Ciphersuite]; ok {
		return name
	}
	return "unassigned"
}

// FlagNames lists the flags that are set.
func (s *BSP) FlagNames() []string { return appendNames([]string{}, bspFlagNames[:], s.Flags) }

// BSP decodes a security block of BPv6: BAB, PIB, PCB or ESB.
func (k *Block) BSP() (s BSP, err error) {
	c, err := k.content(6, BlockBAB, BlockPIB, BlockPCB, BlockESB)
	if err != nil {
		return s, err
	}
	s.Ciphersuite = c.sdnv()
	s.CiphersuiteSpan = c.span(0)
	i := c.i
	s.Flags = c.sdnv()
	s.FlagsSpan = c.span(i)
	if s.Flags&BSPCorrelator != 0 {
		i = c.i
		s.Correlator = c.sdnv()
		s.CorrelatorSpan = c.span(i)
	}
	if s.Flags&BSPParameters != 0 {
		s.Parameters = c.bspItems()
	}
	if s.Flags&BSPResult != 0 {
		s.Results = c.bspItems()
	}
	want := uint64(0)
	for _, r := range []struct {
		flag uint64
		to   *EID
	}{{BSPSource, &s.Source}, {BSPDestination, &s.Destination}} { // in this order: RFC 6257 2.1
		if s.Flags&r.flag == 0 {
			continue
		}
		if want < uint64(len(k.EIDs)) {
			*r.to = k.EIDs[want]
		}
		want++
	}
	if err := k.finish(&c); err != nil {
		return s, err
	}
	if want > k.EIDCount {
		return s, fmt.Errorf("%w: the flags ask for %d EID references, the block has %d", ErrContent, want, k.EIDCount)
	}
	return s, nil
}

// bspItems reads a list of parameters or results with its length in octets.
func (c *cursor) bspItems() (items []BSPItem) {
	n := c.sdnv()
	if c.fault == faultNone && n > uint64(len(c.b)-c.i) {
		c.fail(faultShort, c.i, 1)
	}
	if c.fault != faultNone {
		return nil
	}
	end, all := c.i+int(n), c.b
	c.b = all[:end]
	for c.fault == faultNone && c.i < end {
		item := BSPItem{Type: c.octet()}
		n := c.sdnv()
		if c.fault == faultNone && n > uint64(end-c.i) {
			c.fail(faultShort, c.i, 1)
		}
		if c.fault == faultNone {
			i := c.i
			item.Value = c.take(int(n))
			item.Span = c.span(i)
			items = append(items, item)
		}
	}
	if c.b = all; c.fault != faultNone {
		c.i = len(all)
	}
	return items
}
