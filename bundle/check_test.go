// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"encoding/binary"
	"strings"
	"testing"
)

// ids lists the checks that find something in a bundle, in their order.
func ids(b *Bundle) string {
	var list []string
	for _, f := range b.Findings {
		list = append(list, f.ID)
	}
	return strings.Join(list, " ")
}

// The examples of RFC 9173 break rules of RFC 9171 and 9173 themselves.
func TestFindingsOfTheVectors(t *testing.T) {
	for i, want := range []string{"", "", "", "", "BPv7-15 BPv7-30", "BPv7-15 BPv7-30", "", "BPv7-58 BPv7-15 BPv7-30", ""} {
		if got := ids(read(unhex(t, vectors[i]))); got != want {
			t.Errorf("vector %d: %q, want %q", i, got, want)
		}
	}
}

// Each case is a bundle with a fault, and the checks that find it.
func TestEachFaultIsFound(t *testing.T) {
	const (
		head    = "88 07 04 00 82028201 01 820282 0201 820100 82 1864 01 18c8" // no CRC: BPv7-15 too
		none    = "BPv7-15"
		payload = "85 01 01 00 00 41 78"
	)
	for _, c := range []struct{ name, octets, want string }{
		{"nothing", "9f" + head + payload + "ff", none},
		{"a definite outer array", "82" + head + payload, "BPv7-01 " + none},
		{"octets behind the bundle", "9f" + head + payload + "ff 00", none + " BPv7-01"},
		{"no payload", "9f" + head + "ff", none + " BPv7-02"},
		{"an item between the blocks", "9f" + head + "05" + payload + "ff", "BPv7-03 " + none},
		{"a block behind the payload", "9f" + head + payload + "85 18c8 02 00 00 41 00" + "ff", "BPv7-04 " + none},
		{"two payload blocks", "9f" + head + payload + payload + "ff", "BPv7-04 BPv7-06 BPv7-04 " + none},
		{"a payload with another number", "9f" + head + "85 01 02 00 00 41 78 ff", "BPv7-05 " + none},
		{"the number of another block", "9f" + head + "85 18c8 02 00 00 41 00 85 18c8 02 00 00 41 00" + payload + "ff", "BPv7-06 " + none},
		{"the number 0", "9f" + head + "85 18c8 00 00 00 41 00" + payload + "ff", "BPv7-06 " + none},
		{"a long form of a number", "9f" + head + "85 01 01 1800 00 41 78 ff", "BPv7-07 " + none},
		{"data in chunks", "9f" + head + "85 01 01 00 00 5f 41 78 41 79 ff ff", "BPv7-08 " + none},
		{"another version", "9f" + strings.Replace(head, "88 07", "88 08", 1) + payload + "ff", "BPv7-09 " + none},
		{"too many items in the primary block", "9f" + strings.Replace(head, "88", "89", 1) + "05" + payload + "ff", "BPv7-10 " + none},
		{"too many items in a block", "9f" + head + "86 01 01 00 00 41 78 05 ff", "BPv7-11 " + none},
		{"too few items in a block", "9f" + head + "84 18c8 02 00 00" + payload + "ff", "BPv7-11 " + none},
		{"a text for a block number", "9f" + head + "85 18c8 61 30 00 00 41 00" + payload + "ff", "BPv7-11 " + none},
		{"an unknown CRC type", "9f" + head + "86 01 01 00 03 41 78 42 0000 ff", "BPv7-12 " + none},
		{"a CRC of a wrong length", "9f" + head + "86 01 01 00 01 41 78 44 00000000 ff", "BPv7-13 " + none},
		{"a wrong CRC", "9f" + head + "86 01 01 00 01 41 78 42 0000 ff", "BPv7-14 " + none},
		{"an administrative record that asks for reports", "9f 88 07 194002 00 82028201 01 8202820201 820100 82 1864 01 18c8" + "85 01 01 00 00 45 8218c84100 ff", "BPv7-16 " + none + " BPv7-47"},
		{"no source", "9f 88 07 00 00 82028201 01 820100 820100 82 1864 01 18c8" + payload + "ff", "BPv7-17 " + none},
		{"a report for a block of an anonymous bundle", "9f 88 07 04 00 82028201 01 820100 820100 82 1864 01 18c8 85 01 01 02 00 41 78 ff", "BPv7-18 " + none},
		{"reserved flags", "9f" + strings.Replace(head, "07 04", "07 0c", 1) + "85 01 01 08 00 41 78 ff", "BPv7-19 BPv7-19 " + none},
		{"a fragment that must not be one", "9f 8a 07 05 00 82028201 01 8202820201 820100 82 1864 01 18c8 00 05" + payload + "ff", "BPv7-20 " + none},
		{"a fragment behind the end", "9f 8a 07 01 00 82028201 01 8202820201 820100 82 1864 01 18c8 05 05" + payload + "ff", none + " BPv7-36"},
		{"a number for an endpoint ID", "9f 88 07 04 00 07 8202820201 820100 82 1864 01 18c8" + payload + "ff", "BPv7-21 " + none},
		{"a scheme that no one knows", "9f 88 07 04 00 820901 8202820201 820100 82 1864 01 18c8" + payload + "ff", "BPv7-21 " + none},
		{"the text none", "9f 88 07 04 00 8201646e6f6e65 8202820201 820100 82 1864 01 18c8" + payload + "ff", "BPv7-22 " + none},
		{"one number of ipn", "9f 88 07 04 00 82028101 8202820201 820100 82 1864 01 18c8" + payload + "ff", "BPv7-23 " + none},
		{"an allocator of 33 bits", "9f 88 07 04 00 8202831b000000010000000001 01 8202820201 820100 82 1864 01 18c8" + payload + "ff", "BPv7-23 " + none},
		{"ipn:0.0.1", "9f 88 07 04 00 8202820001 8202820201 820100 82 1864 01 18c8" + payload + "ff", "BPv7-24 " + none},
		{"the local node", "9f 88 07 04 00 8202821affffffff01 8202820201 820100 82 1864 01 18c8" + payload + "ff", "BPv7-25 " + none},
		{"a group as the source", "9f 88 07 04 00 8202820101 8201662f2f612f7e62 820100 82 1864 01 18c8" + payload + "ff", "BPv7-26 " + none},
		{"a timestamp of one number", "9f 88 07 04 00 8202820101 8202820201 820100 81 1864 18c8" + payload + "ff", "BPv7-28 " + none},
		{"no time and no age", "9f 88 07 04 00 8202820101 8202820201 820100 82 00 01 18c8" + payload + "ff", none + " BPv7-30"},
		{"two ages", "9f" + head + "85 07 02 00 00 41 00 85 07 03 00 00 41 00" + payload + "ff", "BPv7-31 " + none},
		{"an age of text", "9f" + head + "85 07 02 00 00 42 6161" + payload + "ff", "BPv7-31 " + none},
		{"two previous nodes", "9f" + head + "85 06 02 00 00 45 8202820100 85 06 03 00 00 45 8202820100" + payload + "ff", "BPv7-32 " + none},
		{"hops over the limit", "9f" + head + "85 0a 02 00 00 43 820102" + payload + "ff", "BPv7-35 " + none},
		{"an array of 1 as the record", "9f 88 07 06 00 82028201 01 8202820201 820100 82 1864 01 18c8 85 01 01 00 00 42 8101 ff", none + " BPv7-43"},
		{"a report of three statements", "9f 88 07 06 00 82028201 01 8202820201 820100 82 1864 01 18c8 85 01 01 00 00 51 820184 8381f581f481f4 00820100820101 ff", none + " BPv7-44"},
		{"a lifetime of text", "9f 88 07 04 00 8202820101 8202820201 820100 82 1864 01 6161" + payload + "ff", "BPv7-61 " + none},
		{"a block of BPv6", "9f" + head + "85 05 02 00 00 41 00" + payload + "ff", "BPv7-62 " + none},
		{"a target that is not there", "9f" + head + "85 0b 02 00 00 4e 8109 01 00 8202820201 8181820100" + payload + "ff", "BPv7-49 BPv7-57 " + none},
		{"a BIB of a BIB", "9f" + head + "85 0b 02 00 00 4c 8102 18c8 00 8202820201 8180" + payload + "ff", "BPv7-52 " + none},
		{"a BCB of the primary block, to be discarded", "9f" + head + "85 0c 02 10 00 4c 8100 18c8 00 8202820201 8180" + payload + "ff", "BPv7-53 BPv7-55 " + none},
		{"a BCB of the payload that is not replicated", "9f" + head + "85 0c 02 00 00 4c 8101 18c8 00 8202820201 8180" + payload + "ff", "BPv7-54 " + none},
		{"a BIB that is not encrypted as its target is", "9f" + head + "85 0b 03 00 00 4c 8101 18c8 00 8202820201 8180 85 0c 02 01 00 4c 8101 18c8 00 8202820201 8180" + payload + "ff", "BPv7-56 " + none},
		{"parameters that are not there, and another flag", "9f" + head + "85 0b 02 00 00 4d 8101 18c8 03 8202820201 80 8180" + payload + "ff", "BPv7-50 BPv7-50 " + none},
		{"two BIBs of the payload", "9f" + head + "85 0b 02 00 00 4c 8101 18c8 00 8202820201 8180 85 0b 03 00 00 4c 8101 18c8 00 8202820201 8180" + payload + "ff", "BPv7-51 " + none},
		{"an initialization vector of 4 octets", "9f" + head + "85 0c 02 01 00 57 8101 02 01 8202820201 81 82 01 44 00000000 81 81 82 01 41 00" + payload + "ff", "BPv7-58 BPv7-58 " + none},
		{"a BCB with the context of a BIB", "9f" + head + "85 0c 02 01 00 4b 8101 01 00 8202820201 8180" + payload + "ff", "BPv7-59 " + none},
	} {
		checkFault(t, c.name, c.octets, c.want)
	}
}

func checkFault(t *testing.T, name, text, want string) {
	t.Helper()
	for id := range strings.FieldsSeq(want) {
		if c, ok := CheckByID(id); !ok || c.Rule == "" || c.Source == "" || c.Level.String() == "unknown" {
			t.Errorf("%s is not in the catalogue", id)
		}
	}
	octets := unhex(t, text)
	b := read(octets)
	if got := ids(b); got != want {
		t.Errorf("%s: %q, want %q; %v %+v %+v", name, got, want, b.State, b.Stop, b.Findings)
	}
	checkSplits(t, octets)
}

func TestEachFaultOfVersion6IsFound(t *testing.T) {
	const (
		rest    = "0201 0101 0000 0000 01 01 01 00" // of a primary block: 12 octets
		head    = "06 10 0c" + rest                 // singleton, bulk
		report  = "06 12 0c" + rest + "01 08"       // an administrative record; its length and octets follow
		payload = "01 08 01 78"                     // the last block
	)
	for _, c := range []struct{ name, octets, want string }{
		{"nothing", head + payload, ""},
		{"a primary block that says too much", "06 10 0e" + rest + "0000" + payload, "BPv6-02"},
		{"a primary block that says too little", "06 10 05" + rest + payload, "BPv6-02"},
		{"an endpoint ID behind the dictionary", "06 10 13 0009 0004 0004 0004 01 01 01 07 64746e006e6f00" + payload, "BPv6-03"},
		{"an endpoint ID in the middle of a string", "06 10 13 0005 0004 0004 0004 01 01 01 07 64746e006e6f00" + payload, "BPv6-03"},
		{"a string that does not end", "06 10 12 0004 0004 0004 0004 01 01 01 06 64746e006e6f" + payload, "BPv6-03 BPv6-03 BPv6-03 BPv6-03"},
		{"node 0 with a service", "06 10 0c 0201 0101 0005 0000 01 01 01 00" + payload, "BPv6-05"},
		{"a record that asks for custody", "06 1a 0c 0201 0101 0000 0101 01 01 01 00 01 08 02 9000", "BPv6-06 BPv6-20"},
		{"no source", "06 10 0c 0201 0000 0000 0000 01 01 01 00" + payload, "BPv6-07"},
		{"the reserved priority", "06 8310 0c" + rest + payload, "BPv6-08"},
		{"a record with a report for a block", "06 12 0c" + rest + "01 0a 03 408000", "BPv6-09 BPv6-23"},
		{"a block to be replicated behind the payload", head + "01 00 01 78 14 09 01 00", "BPv6-10"},
		{"octets behind the last block", head + payload + "00", "BPv6-11"},
		{"two payloads", head + "01 00 01 78" + payload, "BPv6-12"},
		{"no payload", head + "14 08 01 00", "BPv6-12"},
		{"no EID references in their list", head + "14 40 00 01 00" + payload, "BPv6-13"},
		{"a long form of a number", "06 10 0d 0201 0101 0000 0000 8001 01 01 00" + payload, "BPv6-14"},
		{"a fragment behind the end", "06 11 0e" + rest + "05 05" + payload, "BPv6-15"},
		{"a fragment that must not be one", "06 15 0e" + rest + "00 05" + payload, "BPv6-19"},
		{"a record of no type", report + "02 9000", "BPv6-20"},
		{"a report that ends early", report + "04 1001 00 01", "BPv6-21"},
		{"a signal with a reserved reason", report + "08 2081 01 01 01 01 01 78", "BPv6-22"},
		{"a previous hop that is to be kept", head + "05 00 08 69706e00312e3000" + payload, "BPv6-24"},
		{"a previous hop without a string's end", head + "05 10 07 69706e00312e30" + payload, "BPv6-24"},
		{"metadata of URIs with references", head + "08 40 01 0101 02 0100" + payload, "BPv6-26"},
		{"a security block that ends early", head + "03 00 03 020105" + payload, "BPv6-27"},
		{"no time and no age", "06 10 0c 0201 0101 0000 0000 00 01 01 00" + payload, "BPv6-29"},
		{"custody without a custodian", "06 18 0c" + rest + payload, "BPv6-30"},
	} {
		checkFault(t, c.name, c.octets, c.want)
	}
}

// What is taken for clean at a glance must pass the checks themselves.
func TestACleanBundleHasNoFindings(t *testing.T) {
	clean := 0
	octets := [][]byte{sample7(t, "dtn://node-a/app", 5), sample7(t, "ipn:1.1", 5), sample7(t, "ipn:977000.1.1", 5)}
	for _, o := range octets {
		changed := make([]byte, len(o))
		for i := range o {
			for bit := range 8 {
				copy(changed, o)
				changed[i] ^= 1 << bit
				fixCRCs(changed)
				b := read(changed)
				if !b.clean7() {
					continue
				}
				clean++
				b.Findings, b.FindingCount = nil, 0
				b.flags7()
				b.eids7()
				if seen := b.blocks7(); b.FindingCount > 0 || seen.payloads != 1 {
					t.Fatalf("%x: %+v", changed, b.Findings)
				}
			}
		}
	}
	if clean < 500 {
		t.Errorf("only %d bundles were clean", clean)
	}
}

// fixCRCs makes the CRCs of a bundle valid where they are not.
func fixCRCs(octets []byte) {
	b := read(octets)
	put := func(s Span, v CRC) {
		if v.State == CRCInvalid && v.Type == CRC32C {
			binary.BigEndian.PutUint32(octets[s.End()-4:], v.Computed)
		}
	}
	put(b.PrimaryFields().CRC, b.CRC)
	for i := range b.Blocks {
		put(b.Blocks[i].Fields().CRC, b.Blocks[i].CRC)
	}
}

func TestALongSchemeSpecificPartIsFound(t *testing.T) {
	dict := "64746e00" + strings.Repeat("2f", 1024) + "00" // dtn and 1024 slashes, 1029 octets
	head := "06 10 8812 0004 0004 0004 0004 01 01 01 8805" + dict + "01 08 01 78"
	b := read(unhex(t, head))
	if got := ids(b); got != "BPv6-04 BPv6-04 BPv6-04 BPv6-04" {
		t.Errorf("%q, %v %+v", got, b.State, b.Stop)
	}
}
