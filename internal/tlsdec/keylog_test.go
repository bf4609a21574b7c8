// SPDX-License-Identifier: Apache-2.0

package tlsdec

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func writeSecret(t *testing.T, w io.Writer, l Label, s *secrets) {
	t.Helper()
	if _, err := fmt.Fprintf(w, "%v %x %x\n", l, s.random, s.of[l].get()); err != nil {
		t.Fatal(err)
	}
}

func TestKeyLogLinesOfAllKindsAreRead(t *testing.T) {
	random := strings.Repeat("Ab", 32)
	short, long := strings.Repeat("1f", 32), strings.Repeat("2E", 48)
	var key [32]byte
	copy(key[:], bytes.Repeat([]byte{0xab}, 32))
	for text, want := range map[string]int{
		"":                                     0,
		"# comment\n\n":                        0,
		"CLIENT_RANDOM " + random + " " + long: 1,
		"CLIENT_RANDOM " + random + " " + long + "\r\n":                       1,
		"  CLIENT_RANDOM\t" + random + " " + long + " \r":                     1,
		"CLIENT_RANDOM " + random + " " + short:                               0,
		"CLIENT_RANDOM " + random + " " + long + "00":                         0,
		"CLIENT_RANDOM " + random + " " + long[1:]:                            0,
		"CLIENT_RANDOM " + random + " g" + long[1:]:                           0,
		"CLIENT_RANDOM " + random[1:] + " " + long:                            0,
		"CLIENT_RANDOM " + random[1:] + "x " + long:                           0,
		"CLIENT_RANDOM " + random:                                             0,
		"CLIENT_RANDOM " + random + " " + long + " x":                         0,
		"client_random " + random + " " + long:                                0,
		"SERVER_TRAFFIC_SECRET_0 " + random + " " + short:                     1,
		"SERVER_TRAFFIC_SECRET_0 " + random + " " + long:                      1,
		"SERVER_TRAFFIC_SECRET_1 " + random + " " + long:                      0,
		"EXPORTER_SECRET " + random + " " + long:                              0,
		"SERVER_TRAFFIC_SECRET_0 " + random + " 1f":                           0,
		"SERVER_TRAFFIC_SECRET_0 " + random + " ":                             0,
		strings.Repeat("x", 1<<20) + "\nCLIENT_RANDOM " + random + " " + long: 1,
	} {
		k := NewKeyLog()
		if n := k.Add([]byte(text)); n != want || k.Len() != want {
			t.Errorf("%.80q: %d secrets, %d client randoms, want %d", text, n, k.Len(), want)
		}
		if want == 1 && k.Secret(key, MasterSecret) == nil && k.Secret(key, ServerTraffic) == nil {
			t.Errorf("%.80q: not found", text)
		}
	}
}

func TestALaterDuplicateWins(t *testing.T) {
	k := NewKeyLog()
	random := strings.Repeat("00", 32)
	k.Add([]byte("CLIENT_RANDOM " + random + " " + strings.Repeat("11", 48) + "\nCLIENT_RANDOM " + random + " " + strings.Repeat("22", 48)))
	if s := k.Secret([32]byte{}, MasterSecret); k.Len() != 1 || s[0] != 0x22 {
		t.Errorf("%x", s)
	}
}

func TestAKeyLogFileMayBeWrittenInAnyPieces(t *testing.T) {
	random, secret := strings.Repeat("00", 32), strings.Repeat("22", 48)
	text := "# " + strings.Repeat("x", 3*maxLine) + "\nCLIENT_RANDOM " + random + " " + secret + "\n"
	name := t.TempDir() + "/keys"
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	k, err := OpenKeyLog(name)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	for i := range len(text) {
		if _, err := f.WriteString(text[i : i+1]); err != nil {
			t.Fatal(err)
		}
		k.look()
		if want := i >= len(text)-2; (k.Secret([32]byte{}, MasterSecret) != nil) != want {
			t.Fatalf("after %d of %d octets: known %v", i+1, len(text), !want)
		}
	}
	if err := f.Truncate(0); err != nil { // a new log in the same place
		t.Fatal(err)
	}
	k.look()
	if _, err := f.WriteAt([]byte("CLIENT_RANDOM "+strings.Repeat("01", 32)+" "+secret), 0); err != nil {
		t.Fatal(err)
	}
	k.look()
	if k.Len() != 2 {
		t.Errorf("%d client randoms, want 2", k.Len())
	}
}

// Connections that wait for keys which never come hold together what their room has, and give it back.
func TestConnectionsThatWaitShareTheirRoom(t *testing.T) {
	name := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	keys, err := OpenKeyLog(name)
	if err != nil {
		t.Fatal(err)
	}
	defer keys.Close()
	c, _ := readCapture(t, "seed-v4-tls13.pcap")
	const left = 40_000
	room := &Room{Left: left}
	var all []*Conn
	most := 0
	for range 20 {
		conn := NewConn(&journal{}, keys)
		conn.Share(room)
		all = append(all, conn)
		for _, fl := range c.flights {
			conn.Data(fl.side, fl.b, Mark{})
			held := 0
			for _, c := range all {
				held += c.halves[0].heldOctets + c.halves[1].heldOctets
			}
			most = max(most, held)
		}
	}
	if most < left/2 || most > left {
		t.Errorf("%d octets were held at most, of %d", most, left)
	}
	for _, conn := range all {
		conn.Close()
	}
	if room.Left != left {
		t.Errorf("%d octets of room are left of %d", room.Left, left)
	}
}
