// SPDX-License-Identifier: Apache-2.0

package bundle

// Level says how binding a check is.
type Level uint8

const (
	Must    Level = iota + 1 // a rule of the document
	Derived                  // follows from rules
	Info                     // allowed, and worth a word
)

var levels = [...]string{Must: "must", Derived: "derived", Info: "info"}

func (l Level) String() string {
	if int(l) < len(levels) && levels[l] != "" {
		return levels[l]
	}
	return "unknown"
}

// Check is what a Finding with its ID breaks.
type Check struct {
	ID     string
	Source string // the document, with the section
	Level  Level
	Rule   string
}

// Checks lists all checks, those of BPv7 first.
func Checks() []Check { return append([]Check(nil), checks[:]...) }

// CheckByID returns the check of a Finding.
func CheckByID(id string) (c Check, ok bool) {
	for i := range checks {
		if checks[i].ID == id {
			return checks[i], true
		}
	}
	return c, false
}

var checks = [...]Check{
	{"BPv7-01", "RFC 9171 4.1", Must, "the outer array is indefinite and ended by a break, and nothing follows it"},
	{"BPv7-02", "RFC 9171 4.1", Must, "a bundle has at least a primary block and a payload block"},
	{"BPv7-03", "RFC 9171 4.1", Must, "all items of a bundle are blocks, and only the first is a primary block"},
	{"BPv7-04", "RFC 9171 4.1", Must, "there is one payload block, the last block"},
	{"BPv7-05", "RFC 9171 4.1", Derived, "the payload block, and no other, has the number 1"},
	{"BPv7-06", "RFC 9171 4.1", Derived, "block numbers are unique, and none is 0"},
	{"BPv7-07", "RFC 9171 4.1", Must, "all CBOR heads have their shortest form"},
	{"BPv7-08", "RFC 9171 4.3.2", Must, "the data of a block are one definite byte string"},
	{"BPv7-09", "RFC 9171 4.3.1", Must, "the version is 7"},
	{"BPv7-10", "RFC 9171 4.3.1", Must, "the items of the primary block are those that its flags and CRC type ask for"},
	{"BPv7-11", "RFC 9171 4.3.2", Must, "the items of a block are those that its CRC type asks for"},
	{"BPv7-12", "RFC 9171 4.2.1", Derived, "the CRC type is 0, 1 or 2"},
	{"BPv7-13", "RFC 9171 4.2.2", Must, "a CRC is there unless its type is 0, and has 2 or 4 octets"},
	{"BPv7-14", "RFC 9171 4.3.1/4.3.2", Must, "the CRC is that of the block"},
	{"BPv7-15", "RFC 9171 4.3.1", Must, "the primary block has a CRC, unless a BIB has it as its target"},
	{"BPv7-16", "RFC 9171 4.2.3", Must, "an administrative record asks for no status reports"},
	{"BPv7-17", "RFC 9171 4.2.3", Must, "a bundle without a source must not be fragmented and asks for no status reports"},
	{"BPv7-18", "RFC 9171 4.2.4", Must, "no block of an administrative record, or of a bundle without a source, asks for a report"},
	{"BPv7-19", "RFC 9171 4.2.3/4.2.4", Info, "reserved and unassigned flags are 0 (receivers ignore them)"},
	{"BPv7-20", "RFC 9171 4.2.3", Derived, "a bundle that must not be fragmented is no fragment"},
	{"BPv7-21", "RFC 9171 4.2.5.1", Must, "an endpoint ID is an array of a known scheme code and what the scheme asks for"},
	{"BPv7-22", "RFC 9171 4.2.5.1.1", Must, "a dtn endpoint ID is the text //node/ with what follows, or 0 for dtn:none"},
	{"BPv7-23", "RFC 9758 6.1", Must, "an ipn endpoint ID is two or three numbers; of three, the first two have 32 bits"},
	{"BPv7-24", "RFC 9758 3.4.1", Must, "ipn:0.0 has no service number but 0"},
	{"BPv7-25", "RFC 9758 5.4", Must, "the endpoint ID of the local node does not leave it"},
	{"BPv7-26", "RFC 9171 4.2.5.2", Must, "the source is a singleton, and the previous node is named by a node ID"},
	{"BPv7-28", "RFC 9171 4.2.7", Must, "the creation timestamp is an array of two numbers"},
	{"BPv7-30", "RFC 9171 4.4.2", Must, "without a creation time there is a bundle age block"},
	{"BPv7-31", "RFC 9171 4.4.2", Must, "there is at most one bundle age block, and its content is a number"},
	{"BPv7-32", "RFC 9171 4.4.1", Must, "there is at most one previous node block"},
	{"BPv7-35", "RFC 9171 4.4.3", Must, "there is at most one hop count block; its limit is 1 to 255 and its count not over it"},
	{"BPv7-36", "RFC 9171 4.3.1", Derived, "a fragment lies inside its application data unit"},
	{"BPv7-43", "RFC 9171 6.1", Must, "an administrative record is an array of a type and a content"},
	{"BPv7-44", "RFC 9171 6.1.1", Must, "a status report has 4 or 6 items, and at least 4 assertions of 1 or 2 items"},
	{"BPv7-46", "RFC 9171 5.4", Must, "a report of forwarding has reason 0"},
	{"BPv7-47", "RFC 9713", Derived, "the type of an administrative record is one of BPv7"},
	{"BPv7-49", "RFC 9172 3.6", Must, "a security block has targets, all there and each once, and results for each"},
	{"BPv7-50", "RFC 9172 3.6", Must, "the flags of a security block tell whether parameters are there, and are 0 otherwise"},
	{"BPv7-51", "RFC 9172 3.2", Must, "no target has two BIBs or two BCBs"},
	{"BPv7-52", "RFC 9172 3.7", Must, "no security block is the target of a BIB"},
	{"BPv7-53", "RFC 9172 3.8", Must, "neither the primary block nor a BCB is the target of a BCB"},
	{"BPv7-54", "RFC 9172 3.8", Must, "a BCB of the payload is replicated in every fragment"},
	{"BPv7-55", "RFC 9172 3.8", Must, "a BCB is not discarded if it cannot be processed"},
	{"BPv7-56", "RFC 9172 3.9", Must, "a BIB whose target is encrypted is encrypted too"},
	{"BPv7-57", "RFC 9173 3.3", Must, "the SHA variant is 5 to 7, the HMAC has its length, and the scope flags are assigned ones"},
	{"BPv7-58", "RFC 9173 4.3", Must, "the initialization vector has 8 to 16 octets and serves once, the tag has 16, the AES variant is 1 or 3"},
	{"BPv7-59", "RFC 9172", Derived, "the security context is one for blocks of this type"},
	{"BPv7-61", "RFC 9171 4.3.1", Info, "the lifetime is a number that a clock can add"},
	{"BPv7-62", "RFC 9171 9.1", Derived, "the block type is neither reserved nor of BPv6 only"},
	{"BPv6-02", "RFC 5050 4.5.1", Must, "the length of the primary block is that of its fields"},
	{"BPv6-03", "RFC 5050 4.4", Must, "endpoint IDs refer to beginnings of strings of the dictionary, all of which end"},
	{"BPv6-04", "RFC 5050 4.4", Must, "scheme names and scheme-specific parts have at most 1023 octets"},
	{"BPv6-05", "RFC 6260", Must, "node number 0 has no service number but 0"},
	{"BPv6-06", "RFC 5050 4.2", Must, "an administrative record asks for neither custody nor status reports"},
	{"BPv6-07", "RFC 5050 4.2", Must, "a bundle without a source must not be fragmented and asks for neither custody nor status reports"},
	{"BPv6-08", "RFC 5050 4.2", Info, "reserved flags are 0, and the priority is not 3"},
	{"BPv6-09", "RFC 5050 4.3", Must, "no block of an administrative record asks for a report"},
	{"BPv6-10", "RFC 5050 4.3", Must, "no block behind the payload is replicated in every fragment"},
	{"BPv6-11", "RFC 5050 4", Must, "nothing follows the last block"},
	{"BPv6-12", "RFC 5050 4", Must, "there is one payload block"},
	{"BPv6-13", "RFC 5050 4.5.2", Must, "a list of EID references is not empty"},
	{"BPv6-14", "RFC 5050 4.1", Info, "SDNVs have their shortest form"},
	{"BPv6-15", "RFC 5050 5.8", Must, "a fragment lies inside its application data unit"},
	{"BPv6-19", "RFC 5050 4.2", Derived, "a bundle that must not be fragmented is no fragment"},
	{"BPv6-20", "RFC 5050 6.1", Must, "the type of an administrative record is one of BPv6"},
	{"BPv6-21", "RFC 5050 6.1.1", Must, "a status report has a time for each flag and ends with the endpoint ID"},
	{"BPv6-22", "RFC 5050 6.1.2", Must, "a custody signal has an assigned reason and ends with the endpoint ID"},
	{"BPv6-23", "CCSDS 734.2-B D", Derived, "runs of custody IDs are not empty and follow one another"},
	{"BPv6-24", "RFC 6259", Must, "a previous-hop insertion block is discarded if it cannot be processed, and has one EID reference or text"},
	{"BPv6-26", "RFC 6258", Must, "a metadata block of URIs has no EID references"},
	{"BPv6-27", "RFC 6257", Must, "a security block has the fields that its flags announce, and there are at most two bundle authentication blocks"},
	{"BPv6-29", "draft-irtf-dtnrg-bundle-age-block", Derived, "without a creation time there is a bundle age block"},
	{"BPv6-30", "RFC 5050 5.10", Derived, "where custody is asked for there is a custodian"},
}
