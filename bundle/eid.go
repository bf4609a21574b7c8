// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"bytes"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
)

// The scheme codes of endpoint IDs (RFC 9171 9.6).
const (
	SchemeDTN uint64 = 1
	SchemeIPN uint64 = 2
)

// maxEID is the length in octets of the longest encoded endpoint ID that is read. RFC 5050 4.4 allows 1023 of each part.
const maxEID = 4096

// localNode is the node number of the node itself (RFC 9758 3.4.2).
const localNode = math.MaxUint32

// EIDForm says which of the fields of an EID count.
type EIDForm uint8

const (
	EIDAbsent EIDForm = iota
	EIDDTN            // SSP is the text behind "dtn:"
	EIDIPN            // Node and Service
	EIDURI            // BPv6, any other scheme: SSP is the whole URI
	EIDRaw            // BPv7, a scheme that is not known: Scheme, and SSP is the CBOR item of the scheme-specific part
	EIDBad            // not an endpoint ID: SSP is what stands in its place
)

// EID is an endpoint ID (RFC 9171 4.2.5, RFC 5050 4.4). Its octets are valid as long as the bundle's; Clone keeps them.
type EID struct {
	Form     EIDForm
	Elements uint8  // ipn in BPv7: numbers in the encoding, 2 or 3 (RFC 9758 6)
	Scheme   uint64 // the code of the scheme in BPv7
	Node     uint64 // the fully qualified node number: allocator in the upper 32 bits, node number in the lower
	Service  uint64
	SSP      []byte

	asText bool // BPv7: the scheme-specific part of a dtn EID is a text, and not the integer of dtn:none
}

// Allocator returns the allocator identifier of an ipn EID (RFC 9758 3.2), 0 for the default one.
func (e *EID) Allocator() uint32 { return uint32(e.Node >> 32) }

// IsNull reports whether e is the null endpoint: dtn:none or ipn:0.0.
func (e *EID) IsNull() bool {
	switch e.Form {
	case EIDDTN:
		return string(e.SSP) == "none"
	case EIDIPN:
		return e.Node == 0 // RFC 9758 3.4.1: with any service
	}
	return false
}

// IsSingleton reports whether e can stand for one node only: it is not a dtn group, whose demux begins with "~".
func (e *EID) IsSingleton() bool {
	if e.Form != EIDDTN {
		return e.Form == EIDIPN
	}
	if len(e.SSP) < 2 || e.SSP[0] != '/' || e.SSP[1] != '/' {
		return false
	}
	slash := bytes.IndexByte(e.SSP[2:], '/') + 2
	return slash < 2 || slash+1 == len(e.SSP) || e.SSP[slash+1] != '~'
}

// IsNodeID reports whether e names a node: ipn, or dtn with an empty demux (RFC 9171 4.2.5.2).
func (e *EID) IsNodeID() bool {
	if e.Form != EIDDTN {
		return e.Form == EIDIPN
	}
	_, demux, ok := e.split()
	return ok && len(demux) == 0
}

// split cuts "//node/demux".
func (e *EID) split() (node, demux []byte, ok bool) {
	rest, ok := bytes.CutPrefix(e.SSP, []byte("//"))
	if !ok {
		return nil, nil, false
	}
	return bytes.Cut(rest, []byte("/"))
}

// Equal compares what two EIDs mean: the forms of ipn are the same (RFC 9758 6.4).
func (e *EID) Equal(o *EID) bool {
	if e.Form != o.Form {
		return e.IsNull() && o.IsNull()
	}
	if e.Form == EIDIPN {
		return e.Node == o.Node && e.Service == o.Service
	}
	return e.Scheme == o.Scheme && bytes.Equal(e.SSP, o.SSP)
}

// Clone returns a copy with octets of its own.
func (e *EID) Clone() EID {
	c := *e
	c.SSP = bytes.Clone(e.SSP)
	return c
}

// Append appends the text of e to dst: "dtn://node/x", "dtn:none", "ipn:1.1", "ipn:977000.100.1" (RFC 9758 4). A scheme that is
// not known is written as its code with the CBOR of the rest, "scheme-9:h'0a'"; what is no EID as "invalid:h'0a'".
func (e *EID) Append(dst []byte) []byte {
	switch e.Form {
	case EIDDTN:
		return append(append(dst, "dtn:"...), e.SSP...)
	case EIDIPN:
		dst = append(dst, "ipn:"...)
		switch allocator := e.Allocator(); {
		case e.Node == localNode:
			dst = append(dst, '!')
		case allocator != 0:
			dst = strconv.AppendUint(dst, uint64(allocator), 10)
			dst = strconv.AppendUint(append(dst, '.'), e.Node&math.MaxUint32, 10)
		default:
			dst = strconv.AppendUint(dst, e.Node, 10)
		}
		return strconv.AppendUint(append(dst, '.'), e.Service, 10)
	case EIDURI:
		return append(dst, e.SSP...)
	case EIDRaw:
		dst = strconv.AppendUint(append(dst, "scheme-"...), e.Scheme, 10)
		return append(hex.AppendEncode(append(dst, ":h'"...), e.SSP), '\'')
	case EIDBad:
		return append(hex.AppendEncode(append(dst, "invalid:h'"...), e.SSP), '\'')
	}
	return dst
}

func (e *EID) String() string { return string(e.Append(nil)) }

// ParseEID reads the text of an endpoint ID. The schemes dtn and ipn are taken apart; what is not well-formed of these, or of
// another scheme, is an EIDURI. ok is false where there is not even a scheme.
func ParseEID(text string) (e EID, ok bool) {
	scheme, ssp, ok := strings.Cut(text, ":")
	if !ok || scheme == "" || ssp == "" {
		return EID{Form: EIDBad, SSP: []byte(text)}, false
	}
	return textEID([]byte(text), len(scheme)), true
}

// textEID makes an EID of its text, whose scheme has the given length. It is a view of text.
func textEID(text []byte, scheme int) EID {
	ssp := text[scheme+1:]
	switch string(text[:scheme]) {
	case "dtn":
		return EID{Form: EIDDTN, Scheme: SchemeDTN, SSP: ssp}
	case "ipn":
		if node, service, elements := parseIPN(ssp); elements > 0 {
			return EID{Form: EIDIPN, Scheme: SchemeIPN, Node: node, Service: service, Elements: elements}
		}
	}
	return EID{Form: EIDURI, SSP: text}
}

// parseIPN reads "[allocator.]node.service" and says how many numbers there were, none where it is something else.
func parseIPN(b []byte) (node, service uint64, elements uint8) {
	var n [3]uint64
	for {
		part, rest, more := bytes.Cut(b, []byte("."))
		if elements == 3 {
			return 0, 0, 0
		}
		if v, ok := decimal(part); ok {
			n[elements] = v
		} else if elements == 0 && string(part) == "!" {
			n[elements] = localNode
		} else {
			return 0, 0, 0
		}
		elements++
		if b = rest; !more {
			break
		}
	}
	switch elements {
	case 2:
		return n[0], n[1], 2
	case 3:
		if n[0] <= math.MaxUint32 && n[1] <= math.MaxUint32 {
			return n[0]<<32 | n[1], n[2], 3
		}
	}
	return 0, 0, 0
}

// decimal reads a number without leading zeros.
func decimal(b []byte) (v uint64, ok bool) {
	if len(b) == 0 || len(b) > 20 || len(b) > 1 && b[0] == '0' {
		return 0, false
	}
	for _, digit := range b {
		digit -= '0'
		if digit > 9 || v > (math.MaxUint64-uint64(digit))/10 {
			return 0, false
		}
		v = v*10 + uint64(digit)
	}
	return v, true
}

var none = []byte("none")

// eid reads an endpoint ID in its form of BPv7 (RFC 9171 4.2.5.1). SSP is a view of what is read. Another item in its place is
// an EIDBad if it is small enough, and a faultLimit otherwise. After a fault e is the zero value.
func (c *cursor) eid(e *EID) {
	start, looseBefore := c.i, c.loose
	if b := c.b[start:]; len(b) >= 5 && b[0] == 0x82 && b[1] == byte(SchemeIPN) && b[2] == 0x82 && b[3] < 24 && b[4] < 24 {
		*e = EID{Form: EIDIPN, Scheme: SchemeIPN, Elements: 2, Node: uint64(b[3]), Service: uint64(b[4])}
		c.i += 5
		return
	}
	*e = EID{}
	indefinite := c.array(2)
	e.Scheme = c.uint()
	switch e.Scheme {
	case SchemeDTN:
		e.Form = EIDDTN
		if octet, ok := c.peek(); ok && octet == 0 {
			c.i++
			e.SSP = none
		} else {
			e.SSP, e.asText = c.str(cborText, maxEID), true
		}
	case SchemeIPN:
		e.Form = EIDIPN
		c.ipn(e)
	default:
		e.Form = EIDRaw
		e.SSP = c.smallItem()
	}
	c.end(indefinite)
	if c.fault == faultNone {
		return
	}
	*e = EID{}
	if c.fault == faultType {
		c.fault, c.i, c.loose = faultNone, start, looseBefore
		if item := c.smallItem(); c.fault == faultNone {
			*e = EID{Form: EIDBad, SSP: item}
		}
	}
}

// smallItem reads an item of any kind. It looks at no more than maxEID octets, so that the verdict on a longer one is the same
// however much of it there is.
func (c *cursor) smallItem() (item []byte) {
	if c.fault != faultNone {
		return nil
	}
	at, all := c.i, c.b
	c.b = all[:min(len(all), at+maxEID)]
	cut := len(c.b) == at+maxEID
	item = c.item()
	c.b = all
	if c.fault != faultNone {
		c.i = len(c.b)
		if c.fault == faultShort && cut {
			c.fault = faultLimit
		}
	}
	return item
}

// ipn reads the scheme-specific part of an ipn EID (RFC 9758 6.1).
func (c *cursor) ipn(e *EID) {
	at := c.i
	h := c.of(cborArray)
	if c.fault == faultNone && (h.indefinite() || h.arg != 2 && h.arg != 3) {
		c.fail(faultType, at, 0)
	}
	e.Elements = uint8(h.arg)
	e.Node = c.uint()
	if e.Elements == 3 {
		number := c.uint()
		if c.fault == faultNone && (e.Node > math.MaxUint32 || number > math.MaxUint32) {
			c.fail(faultType, at, 0)
		}
		e.Node = e.Node<<32 | number
	}
	e.Service = c.uint()
}
