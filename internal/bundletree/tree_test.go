// SPDX-License-Identifier: Apache-2.0

package bundletree

import (
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dtn-tools/tcpcl/bundle"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/render"
)

// vectors are bundles of the references, as package bundle's tests have them: the examples are RFC 9173's.
var vectors = map[string]string{
	"fiveBlocks":    "9f890700018201682f2f6473742f696e8201662f2f7372632f8201662f2f7372632f821b000000b5998c982b071a0036ee8042992a86070200024319012c44dd9a9de0850a0300004482181e0186060400014a8201672f2f707265762f42937986010100024b68656c6c6f20544350434c440e094232ff",
	"fragment7":     "9f8b0701028201682f2f6473742f696e8201662f2f7372632f8201662f2f7372632f821b000000b5998c982b071a0036ee80050b44c9c63ffa860101000146544350434c00429ce6ff",
	"report7":       "9f890702018201662f2f7372632f8201662f2f6473742f820100821b000000b5998c99a9001a0036ee804262928501010000582a8201848482f51b000000b5998c99a881f481f481f4008201662f2f7372632f821b000000b5998c982b07ff",
	"threeElements": "9f890700018202831a000ee8681864018202821b000ee868000000c800820100821b000000b5998c982b0119ea60425c4385010100004178ff",
	"example1":      "9f88070000820282010282028202018202820201820018281a000f4240850b0200005856810101018202820201828201078203008181820158403bdc69b3a34a2b5d3a8554368bd1e808f606219d2a10a846eae3886ae4ecc83c4ee550fdfb1cc636b904e2f1a73e303dcd4b6ccece003e95e8164dcc89a156e185010100005823526561647920746f2067656e657261746520612033322d62797465207061796c6f6164ff",
	"example2":      "9f88070000820282010282028202018202820201820018281a000f4240850c02010058508101020182028202018482014c5477656c76653132313231328202018203581869c411276fecddc4780df42c8a2af89296fabf34d7fae7008204008181820150efa4b5ac0108e3816c5606479801bc04850101000058233a09c1e63fe23a7f66a59c7303837241e070b02619fc59c5214a22f08cd70795e73e9aff",
	"example3":      "9f88070000820282010282028202018202820201820018281a000f4240850b030000585c8200020101820282030082820105820300828182015820cac6ce8e4c5dae57988b757e49a6dd1431dc04763541b2845098265bc817241b81820158203ed614c0d97f49b3633627779aa18a338d212bf3c92b97759d9739cd50725596850c04010058348101020182028202018382014c5477656c76653132313231328202018204008181820150efa4b5ac0108e3816c5606479801bc0485070200004319012c850101000058233a09c1e63fe23a7f66a59c7303837241e070b02619fc59c5214a22f08cd70795e73e9aff",
	"example4":      "9f88070000820282010282028202018202820201820018281a000f4240850b0300005846438ed6208eb1c1ffb94d952175167df0902902064a2983910c4fb2340790bf420a7d1921d5bf7c4721e02ab87a93ab1e0b75cf62e4948727c8b5dae46ed2af05439b88029191850c0201005849820301020182028202018382014c5477656c76653132313231328202038204078281820150220ffc45c8a901999ecc60991dd78b2981820150d2c51cb2481792dae8b21d848cede99b8501010000582390eab6457593379298a8724e16e61f837488e127212b59ac91f8a86287b7d07630a122ff",
	"cbhe6":         "06811011020101010000000082f3f5a618019c1000140102822c01080568656c6c6f",
}

func ipn(node, service uint64) bundle.EID {
	return bundle.EID{Form: bundle.EIDIPN, Node: node, Service: service}
}

// bundles are bundles that have between them every field.
func bundles(t testing.TB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for name, text := range vectors {
		b, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = b
	}
	build := func(name string, b interface{ Append([]byte) ([]byte, error) }) {
		octets, err := b.Append(nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[name] = octets
	}
	subject := bundle.Subject{Source: ipn(1, 1), Created: bundle.Timestamp{Time: 800_000_000, Sequence: 3}, IsFragment: true, FragmentOffset: 10, FragmentLength: 5}
	assertion := bundle.Assertion{Asserted: true, HasTime: true, Time: 800_000_001}
	report := &bundle.StatusReport{Received: assertion, Deleted: assertion, Reason: 1, Subject: subject}
	payload, err := report.AppendCBOR(nil)
	if err != nil {
		t.Fatal(err)
	}
	outline := bundle.Outline{Source: ipn(2, 0), Destination: ipn(1, 0), ReportTo: bundle.EID{Form: bundle.EIDDTN, SSP: []byte("none")},
		Created: bundle.Timestamp{Time: 800_000_002, Sequence: 1}, Lifetime: 3600}
	admin := outline
	admin.Flags = bundle.FlagAdmin
	build("report of a fragment, v7", &bundle.Builder7{Outline: admin, CRC: bundle.CRC16, Payload: payload})

	report.CustodyAccepted, report.Forwarded, report.Delivered = assertion, assertion, assertion
	if payload, err = report.AppendSDNV(nil); err != nil {
		t.Fatal(err)
	}
	null := outline.ReportTo
	build("report of a fragment, v6", &bundle.Builder6{Outline: admin, Custodian: null, Payload: payload})
	build("custody signal", &bundle.Builder6{Outline: admin, Custodian: null, Payload: slices.Concat([]byte{0x20, 0x82}, []byte{10, 0, 12, 1, 7, 'i', 'p', 'n', ':', '1', '.', '1'})})
	build("aggregate custody signal", &bundle.Builder6{Outline: admin, Custodian: null, Payload: []byte{0x40, 0x80, 1, 5, 2, 3}})
	fragment := outline
	fragment.Flags, fragment.FragmentOffset, fragment.TotalLength = bundle.FlagFragment|bundle.FlagSingleton, 10, 100
	build("fragment with blocks, v6", &bundle.Builder6{Outline: fragment, Custodian: null, Payload: []byte("hello"), Blocks: []bundle.NewBlock{
		{Type: bundle.BlockPreviousHop, Data: []byte("ipn\x001.0\x00")}, {Type: bundle.BlockAge6, Data: []byte{5}}, {Type: bundle.BlockCTEB, Data: []byte("\x07ipn:9.0")},
		{Type: bundle.BlockECOS, Data: []byte{0x06, 1, 9}}, {Type: bundle.BlockMetadata, Data: []byte{1, 'x'}}, {Type: 200, Data: []byte{1, 2}}}})
	return all
}

func read(octets []byte) *bundle.Bundle {
	var r bundle.Reader
	r.Write(octets)
	return r.Close()
}

func TestTheFieldsListedAndThoseKnownByNameAreTheSame(t *testing.T) {
	listed := map[string]bool{}
	for _, octets := range bundles(t) {
		for _, f := range Append(nil, read(octets)) {
			if f.Name != "" {
				listed[f.Name] = true
			}
		}
	}
	known := map[string]bool{}
	for _, f := range render.FieldTable() {
		if protocol, _, _ := strings.Cut(f.Name, "."); protocol == "bundle" || protocol == "bpv7" || protocol == "bpsec" {
			known[f.Name] = true
		}
	}
	for name := range known {
		if !listed[name] {
			t.Errorf("%s is in no bundle", name)
		}
	}
	for name := range listed {
		if !known[name] {
			t.Errorf("%s is not known", name)
		}
	}
	if len(known) < 120 {
		t.Errorf("%d fields", len(known))
	}
}

// Fields lie in the bundle and in those that they are parts of, and no level of the tree is left out, wherever the octets end.
func TestFieldsLieInTheBundleHoweverMuchOfItIsThere(t *testing.T) {
	for name, octets := range bundles(t) {
		for n := range len(octets) + 1 {
			var over []record.Field
			for i, f := range Append(nil, read(octets[:n])) {
				if f.Offset > uint64(n) || f.Length > uint64(n)-f.Offset {
					t.Fatalf("%s, %d octets: %+v", name, n, f)
				}
				if int(f.Depth) > len(over) {
					t.Fatalf("%s, %d octets: field %d skips a level: %+v", name, n, i, f)
				}
				over = over[:f.Depth]
				for _, o := range over {
					if o.Length > 0 && f.Length > 0 && (f.Offset < o.Offset || f.Offset+f.Length > o.Offset+o.Length) {
						t.Fatalf("%s, %d octets: %+v is not in %+v", name, n, f, o)
					}
				}
				over = append(over, f)
			}
		}
	}
}

func TestFieldsOfRFC9173sThirdExample(t *testing.T) {
	octets := bundles(t)["example3"]
	var got []string
	for _, f := range Append(nil, read(octets)) {
		if strings.HasPrefix(f.Name, "bpsec.") && (f.Kind == record.FieldUint || f.Kind == record.FieldOctets || f.Kind == record.FieldText) {
			got = append(got, strings.TrimPrefix(f.Name, "bpsec.")+" "+valueOf(f))
		}
	}
	for _, want := range []string{"asb.target_count 2", "asb.ctxid 1 BIB-HMAC-SHA2", "asb.secsrc.uri ipn:3.0", "defaultsc.shavar 5 HMAC 256/256",
		"defaultsc.hmac cac6ce8e4c5dae57988b757e49a6dd1431dc04763541b2845098265bc817241b", "asb.ctxid 2 BCB-AES-GCM", "defaultsc.iv 5477656c7665313231323132",
		"defaultsc.aesvar 1 A128GCM", "defaultsc.authtag efa4b5ac0108e3816c5606479801bc04"} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
}

func valueOf(f record.Field) string {
	switch f.Kind {
	case record.FieldOctets:
		return hex.EncodeToString(f.Octets)
	case record.FieldText:
		return f.Text
	}
	return strings.TrimSpace(strconv.FormatUint(f.Number, 10) + " " + f.Text)
}

// FuzzTree asserts that fields lie in the octets, whatever these are.
func FuzzTree(f *testing.F) {
	all := bundles(f)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		f.Add(all[name])
	}
	f.Fuzz(func(t *testing.T, octets []byte) {
		for _, f := range Append(nil, read(octets)) {
			if f.Offset > uint64(len(octets)) || f.Length > uint64(len(octets))-f.Offset {
				t.Fatalf("%x: %+v", octets, f)
			}
		}
	})
}
