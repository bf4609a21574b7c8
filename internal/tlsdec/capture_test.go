// SPDX-License-Identifier: Apache-2.0

package tlsdec

import (
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dtn-tools/tcpcl/internal/capture"
	"github.com/dtn-tools/tcpcl/reassembly"
	"github.com/dtn-tools/tcpcl/wire/v4"
)

const captures = "../../testdata/pcaps"

const contactLen = 6 // octets of a contact header (RFC 9174 section 4.2), in the clear

// tcp collects what the sides of a connection sent, without the contact headers.
type tcp struct {
	flights []flight
	marks   []Mark
}

func (c *tcp) Data(side reassembly.Side, d reassembly.Chunk) {
	b := d.Data
	if d.Offset < contactLen {
		b = b[min(contactLen-int(d.Offset), len(b)):]
	}
	c.flights = append(c.flights, flight{int(side), slices.Clone(b)})
	c.marks = append(c.marks, Mark{d.Frame, d.Time})
}
func (c *tcp) Gap(reassembly.Side, reassembly.Gap) {}
func (c *tcp) End(reassembly.Side, reassembly.End) {}
func (c *tcp) Closed(uint64, int64)                {}

// readCapture returns the octets of the only connection of a capture, and the decryption secrets in it.
func readCapture(t testing.TB, name string) (*tcp, *KeyLog) {
	t.Helper()
	f, err := capture.Open(filepath.Join(captures, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c := &tcp{}
	asm := reassembly.NewAssembler(reassembly.AssemblerOptions{})
	table := reassembly.NewTable(reassembly.TableOptions{OnOpen: func(conn *reassembly.Conn) { conn.Attach(asm, c) },
		OnRelease: (*reassembly.Conn).Close})
	decoder := reassembly.NewDecoder(reassembly.DecoderOptions{})
	var p reassembly.Packet
	var s reassembly.Segment
	for {
		if err := f.Next(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if decoder.Decode(&p, &s) {
			if conn, side := table.Lookup(&s); conn != nil {
				conn.Push(side, &s)
			}
		}
	}
	table.Flush()
	k := NewKeyLog()
	for _, s := range f.Secrets() {
		if s.Type == capture.SecretTLSKeyLog {
			k.Add(s.Data)
		}
	}
	return c, k
}

// countMessages counts the messages of plaintext by type.
func countMessages(t *testing.T, b []byte, into map[string]int) {
	t.Helper()
	var m v4.Message
	for len(b) > 0 {
		n, err := m.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		into[m.Type.String()]++
		if m.Type == v4.TypeXferSegment {
			n += int(m.XferSegment.DataLength)
		}
		b = b[n:]
	}
}

func TestRealCapturesHoldTheMessagesThatTheyMustHold(t *testing.T) {
	var truth struct {
		Captures map[string]struct {
			Messages map[string]int
			Streams  []struct {
				TLSVersion  string `json:"tls_version"`
				CipherSuite string `json:"cipher_suite"`
			}
		}
	}
	text, err := os.ReadFile(filepath.Join(captures, "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &truth); err != nil {
		t.Fatal(err)
	}
	for name, keys := range map[string]string{"seed-v4-tls12.pcap": "seed-v4-tls12.keys", "seed-v4-tls13.pcap": "seed-v4-tls13.keys",
		"seed-v4-tls13-dsb.pcapng": "", "seed-v4-authfail.pcap": "seed-v4-authfail.keys"} {
		t.Run(name, func(t *testing.T) {
			c, k := readCapture(t, name)
			if keys != "" {
				text, err := os.ReadFile(filepath.Join(captures, keys))
				if err != nil {
					t.Fatal(err)
				}
				k.Add(text)
			}
			j := decrypt(k, c.flights)
			wantClean(t, j)
			got := map[string]int{"CONTACT_HEADER": 2}
			for side := range j.plain {
				countMessages(t, j.plain[side], got)
			}
			want := truth.Captures[name]
			if !maps.Equal(got, want.Messages) {
				t.Errorf("%v, want %v", got, want.Messages)
			}
			hello := one[*ServerHello](t, j, 1)
			if v := "TLS " + want.Streams[0].TLSVersion; hello.Version.String() != v {
				t.Errorf("version %v, want %v", hello.Version, v)
			}
			if s := codeName("", uint64(hello.CipherSuite), 4); s != "("+want.Streams[0].CipherSuite+")" {
				t.Errorf("cipher suite %v, want %v", s, want.Streams[0].CipherSuite)
			}
			wantSame(t, decryptOctetwise(k, c.flights), j)
		})
	}
}
