// SPDX-License-Identifier: Apache-2.0

package layer_test

import (
	"maps"
	"os"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/pcapgo"

	"github.com/dtn-tools/tcpcl/dissect/layer"
)

// In this capture every message but the long segments begins a TCP segment of its own or follows another one in it.
func TestPacketsOfARealSessionHaveTheLayer(t *testing.T) {
	layer.RegisterPort(4556)
	f, err := os.Open("../../testdata/pcaps/seed-v4-plain.pcap")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := pcapgo.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	source := gopacket.NewPacketSource(r, r.LinkType())
	source.DecodeStreamsAsDatagrams = true // else gopacket leaves what is in TCP alone
	for p := range source.Packets() {
		if l, ok := p.Layer(layer.LayerTypeTCPCL).(*layer.TCPCL); ok {
			for _, m := range l.Messages {
				if m.Version == 4 { // a segment's data that go on in a packet of their own may look like anything
					got[m.Type]++
				}
			}
		}
	}
	want := map[string]int{"CONTACT_HEADER": 2, "SESS_INIT": 2, "KEEPALIVE": 6, "SESS_TERM": 2, "XFER_ACK": 6}
	segments := got["XFER_SEGMENT"]
	delete(got, "XFER_SEGMENT")
	if !maps.Equal(got, want) || segments == 0 {
		t.Errorf("messages %v and %d segments, want %v", got, segments, want)
	}
}

func TestDecodeTellsShortFromWrong(t *testing.T) {
	var l layer.TCPCL
	if err := l.DecodeFromBytes([]byte{0x04, 0x02, 0x03}, gopacket.NilDecodeFeedback); err != nil || !l.Truncated || len(l.Messages) != 1 {
		t.Errorf("%v %+v", err, l)
	}
	if err := l.DecodeFromBytes([]byte{0xff, 0, 0}, gopacket.NilDecodeFeedback); err == nil {
		t.Error("an unassigned type is taken for a message")
	}
}
