// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"encoding/hex"
	"strings"
	"testing"
)

// Bundles of the references in the project's notes on both versions. The expectations were read with tshark 4.0.17, and for
// RFC 9173's with their text.
const (
	fiveBlocks = `9f890700018201682f2f6473742f696e8201662f2f7372632f8201662f2f7372632f821b000000b5998c982b071a0036ee8042992a
		86070200024319012c44dd9a9de0850a0300004482181e0186060400014a8201672f2f707265762f42937986010100024b68656c6c
		6f20544350434c440e094232ff`
	fragment7 = `9f8b0701028201682f2f6473742f696e8201662f2f7372632f8201662f2f7372632f821b000000b5998c982b071a0036ee80050b
		44c9c63ffa860101000146544350434c00429ce6ff`
	report7 = `9f890702018201662f2f7372632f8201662f2f6473742f820100821b000000b5998c99a9001a0036ee804262928501010000582a
		8201848482f51b000000b5998c99a881f481f481f4008201662f2f7372632f821b000000b5998c982b07ff`
	threeElements = `9f890700018202831a000ee8681864018202821b000ee868000000c800820100821b000000b5998c982b0119ea60425c438501010000
		4178ff`
	example1 = `9f88070000820282010282028202018202820201820018281a000f4240850b0200005856810101018202820201828201078203008181
		820158403bdc69b3a34a2b5d3a8554368bd1e808f606219d2a10a846eae3886ae4ecc83c4ee550fdfb1cc636b904e2f1a73e303dcd4b
		6ccece003e95e8164dcc89a156e185010100005823526561647920746f2067656e657261746520612033322d62797465207061796c6f
		6164ff`
	example2 = `9f88070000820282010282028202018202820201820018281a000f4240850c02010058508101020182028202018482014c5477656c76
		653132313231328202018203581869c411276fecddc4780df42c8a2af89296fabf34d7fae7008204008181820150efa4b5ac0108e381
		6c5606479801bc04850101000058233a09c1e63fe23a7f66a59c7303837241e070b02619fc59c5214a22f08cd70795e73e9aff`
	example3 = `9f88070000820282010282028202018202820201820018281a000f4240850b030000585c820002010182028203008282010582030082
		8182015820cac6ce8e4c5dae57988b757e49a6dd1431dc04763541b2845098265bc817241b81820158203ed614c0d97f49b363362777
		9aa18a338d212bf3c92b97759d9739cd50725596850c04010058348101020182028202018382014c5477656c76653132313231328202
		018204008181820150efa4b5ac0108e3816c5606479801bc0485070200004319012c850101000058233a09c1e63fe23a7f66a59c7303
		837241e070b02619fc59c5214a22f08cd70795e73e9aff`
	example4 = `9f88070000820282010282028202018202820201820018281a000f4240850b0300005846438ed6208eb1c1ffb94d952175167df09029
		02064a2983910c4fb2340790bf420a7d1921d5bf7c4721e02ab87a93ab1e0b75cf62e4948727c8b5dae46ed2af05439b88029191850c
		0201005849820301020182028202018382014c5477656c76653132313231328202038204078281820150220ffc45c8a901999ecc6099
		1dd78b2981820150d2c51cb2481792dae8b21d848cede99b8501010000582390eab6457593379298a8724e16e61f837488e127212b59
		ac91f8a86287b7d07630a122ff`
	cbhe6 = `06 8110 11  02 01 01 01 00 00 00 00  82f3f5a618 01 9c10 00   14 01 02 822c   01 08 05 68656c6c6f`
)

var vectors = []string{fiveBlocks, fragment7, report7, threeElements, example1, example2, example3, example4, cbhe6}

func unhex(tb testing.TB, text string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// read reads a bundle given in one piece.
func read(octets []byte) *Bundle {
	var r Reader
	r.Write(octets)
	return r.Close()
}

func TestFiveBlocksAreReadWithTheirCRCs(t *testing.T) {
	b := read(unhex(t, fiveBlocks))
	if b.State != Complete || b.Version != 7 || b.Length != 119 || len(b.Blocks) != 4 {
		t.Fatalf("%+v", b)
	}
	for _, c := range []struct{ got, want string }{
		{b.Source.String(), "dtn://src/"},
		{b.Destination.String(), "dtn://dst/in"},
		{b.ReportTo.String(), "dtn://src/"},
	} {
		if c.got != c.want {
			t.Errorf("%s, want %s", c.got, c.want)
		}
	}
	if b.Created != (Timestamp{779965208619, 7}) || b.Lifetime != 3600000 {
		t.Errorf("created %v, lifetime %d", b.Created, b.Lifetime)
	}
	if at, ok := b.CreationTime(); !ok || at.Format("2006-01-02T15:04:05.000Z") != "2024-09-18T09:00:08.619Z" {
		t.Errorf("created at %v", at)
	}
	if b.CRC.State != CRCValid || b.CRC.Type != CRC16 || b.CRC.Value != 0x992a {
		t.Errorf("%+v", b.CRC)
	}
	for i, want := range []struct {
		name   string
		number uint64
		state  CRCState
		data   string
	}{
		{"Bundle Age", 2, CRCValid, "19012c"},
		{"Hop Count", 3, CRCAbsent, "82181e01"},
		{"Previous Node", 4, CRCValid, "8201672f2f707265762f"},
		{"Payload", 1, CRCValid, ""},
	} {
		k := &b.Blocks[i]
		if k.Name() != want.name || k.Number != want.number || k.CRC.State != want.state || hex.EncodeToString(k.Data) != want.data || !k.Whole {
			t.Errorf("block %d: %+v", i, k)
		}
	}
}

func TestBothFormsOfIPNAreRead(t *testing.T) {
	b := read(unhex(t, threeElements))
	if got := b.Destination.String() + " " + b.Source.String() + " " + b.ReportTo.String(); got != "ipn:977000.100.1 ipn:977000.200.0 dtn:none" {
		t.Error(got)
	}
	if b.Destination.Elements != 3 || b.Source.Elements != 2 {
		t.Errorf("%d and %d elements", b.Destination.Elements, b.Source.Elements)
	}
}

func TestAFragmentIsRead(t *testing.T) {
	b := read(unhex(t, fragment7))
	if b.State != Complete || !b.IsFragment() || b.FragmentOffset != 5 || b.TotalLength != 11 || b.CRC.State != CRCValid ||
		b.Blocks[0].CRC.State != CRCValid || b.Blocks[0].DataLength != 6 {
		t.Errorf("%+v", b)
	}
}

func TestABundleOfVersion6IsRead(t *testing.T) {
	b := read(unhex(t, cbhe6))
	if b.State != Complete || b.Version != 6 || len(b.Blocks) != 2 || b.Length != 34 {
		t.Fatalf("%+v", b)
	}
	if got := b.Source.String() + " " + b.Destination.String() + " " + b.ReportTo.String() + " " + b.Custodian.String(); got != "ipn:1.1 ipn:2.1 dtn:none dtn:none" {
		t.Error(got)
	}
	if b.Created != (Timestamp{779965208, 1}) || b.Lifetime != 3600 || b.Flags != 0x90 {
		t.Errorf("%+v", b)
	}
	if k := b.Payload(); k == nil || k.DataSpan != (Span{29, 5}) || k.Span != (Span{26, 8}) {
		t.Errorf("%+v", k)
	}
}

func TestEveryVectorIsCompleteToItsLastOctet(t *testing.T) {
	for i, v := range vectors {
		octets := unhex(t, v)
		if b := read(octets); b.State != Complete || b.Length != uint64(len(octets)) || b.Behind != 0 {
			t.Errorf("vector %d: %v %+v", i, b.State, b.Stop)
		}
	}
}
