// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dtn-tools/tcpcl/bundle"
)

// fragmentOf is a bundle with a part of an application data unit.
func fragmentOf(t *testing.T, version int, unit []byte, from, to int, sequence uint64) []byte {
	t.Helper()
	eid := func(text string) bundle.EID {
		e, ok := bundle.ParseEID(text)
		if !ok {
			t.Fatal(text)
		}
		return e
	}
	outline := bundle.Outline{Flags: bundle.FlagFragment, Source: eid("ipn:1.1"), Destination: eid("ipn:2.1"), ReportTo: eid("dtn:none"),
		Created: bundle.Timestamp{Time: 848663655000, Sequence: sequence}, Lifetime: 60000, FragmentOffset: uint64(from), TotalLength: uint64(len(unit))}
	w7 := bundle.Builder7{Outline: outline, CRC: bundle.CRC32C, PayloadCRC: bundle.CRC32C, Payload: unit[from:to]}
	b, err := w7.Append(nil)
	if version == 6 {
		w6 := bundle.Builder6{Outline: outline, Custodian: eid("dtn:none"), Payload: unit[from:to]}
		w6.Created.Time /= 1000
		b, err = w6.Append(nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sessionOf is a capture of a TCPCLv4 session from a port whose client sends bundles, in raw IPv4 packets. Its packets are the later the
// greater second is.
func sessionOf(port uint16, second uint32, bundles ...[]byte) []byte {
	file := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	file = append(file, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0)
	var sequence [2]uint32
	send := func(from int, flags byte, payload []byte) {
		p := make([]byte, 40, 40+len(payload))
		p[0], p[8], p[9] = 0x45, 64, 6
		binary.BigEndian.PutUint16(p[2:], uint16(40+len(payload)))
		copy(p[12:], []byte{10, 0, 0, byte(1 + from), 10, 0, 0, byte(2 - from)})
		ports := [2]uint16{port, 4556}
		binary.BigEndian.PutUint16(p[20:], ports[from])
		binary.BigEndian.PutUint16(p[22:], ports[1-from])
		binary.BigEndian.PutUint32(p[24:], sequence[from])
		binary.BigEndian.PutUint32(p[28:], sequence[1-from])
		p[32], p[33], p[34] = 0x50, flags, 0xff
		p = append(p, payload...)
		for _, v := range []uint32{second, 0, uint32(len(p)), uint32(len(p))} {
			file = binary.LittleEndian.AppendUint32(file, v)
		}
		file = append(file, p...)
		if sequence[from] += uint32(len(payload)); flags&3 != 0 {
			sequence[from]++
		}
	}
	const syn, ack, fin = 2, 16, 1
	send(0, syn, nil)
	send(1, syn|ack, nil)
	for from := range 2 {
		send(from, ack, []byte("dtn!\x04\x00\x07\x00\x1e\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x08dtn://a/\x00\x00\x00\x00"))
	}
	for id, b := range bundles {
		head := binary.BigEndian.AppendUint64([]byte{1, 3}, uint64(id))
		head = binary.BigEndian.AppendUint64(append(head, 0, 0, 0, 0), uint64(len(b)))
		for piece := range slices.Chunk(append(head, b...), 1400) {
			send(0, ack, piece)
		}
		send(1, ack, binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64([]byte{2, 3}, uint64(id)), uint64(len(b))))
	}
	send(0, fin|ack, nil)
	send(1, fin|ack, nil)
	return file
}

func writeFiles(t *testing.T, files map[string][]byte) {
	t.Helper()
	for name, octets := range files {
		if err := os.WriteFile(name, octets, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFragmentsAreJoinedOverTransfersSessionsAndFiles(t *testing.T) {
	schema := loadSchema(t)
	t.Chdir(t.TempDir())
	random := rand.New(rand.NewPCG(1, 2))
	unit := make([]byte, 300_000)
	for i := range unit {
		unit[i] = byte(random.Uint32())
	}
	other := bytes.Repeat([]byte("other"), 100)
	conflicting := slices.Clone(other)
	conflicting[250] ^= 1
	damaged := fragmentOf(t, 7, unit, 270_000, 300_000, 1)
	damaged[len(damaged)-100] ^= 1
	writeFiles(t, map[string][]byte{
		"a.pcap": sessionOf(50000, 10, fragmentOf(t, 7, unit, 200_000, 270_000, 1), fragmentOf(t, 7, other, 200, 500, 2), damaged, fragmentOf(t, 7, unit, 0, 3000, 3),
			fragmentOf(t, 6, other, 0, 300, 4)),
		"b.pcap": sessionOf(50001, 20, fragmentOf(t, 7, unit, 0, 150_000, 1), fragmentOf(t, 7, conflicting, 0, 300, 2),
			fragmentOf(t, 7, unit, 100_000, 220_000, 1), fragmentOf(t, 7, unit, 0, 150_000, 1), fragmentOf(t, 7, unit, 260_000, 300_000, 1),
			fragmentOf(t, 7, unit, 200_000, 270_000, 1), fragmentOf(t, 6, other, 250, 500, 4)),
		"c.bundle": fragmentOf(t, 7, unit, 3000, 300_000, 3),
	})
	p := newProgram(t)
	run := func(args ...string) (units []string) {
		stdout, stderr, code := p.run(args...)
		if code != exitDone || stderr != "" {
			t.Fatalf("%v: exit code %d: %s", args, code, stderr)
		}
		for _, line := range linesOf(stdout) {
			kind, err := schema.check(line)
			if err != nil {
				t.Fatalf("%v: %s", err, line)
			}
			if kind == "adu" {
				units = append(units, line)
			}
		}
		return units
	}
	for jobs := 1; jobs <= 3; jobs++ {
		units := run("bundles", "-T", "ndjson", "--jobs", fmt.Sprint(jobs), "c.bundle", "b.pcap", "a.pcap")
		if len(units) != 4 {
			t.Fatalf("%d units: %q", len(units), units)
		}
		for i, want := range []string{
			`{"record":"adu","length":300000,"protocol_version":7,"source":"ipn:1.1","destination":"ipn:2.1","report_to":"dtn:none",` +
				`"creation_time":"2026-11-22T11:54:15.000000000Z","sequence":3,"parts":[{"offset":0,"length":3000,"seen":{"session":1,`,
			`"sequence":2,"parts":[{"offset":0,"length":200,"seen":{"session":2,`,
			`"sequence":1,"parts":[{"offset":0,"length":150000,"seen":{"session":2,`,
			`"protocol_version":6,"source":"ipn:1.1","destination":"ipn:2.1","report_to":"dtn:none","creation_time":"2026-11-22T11:54:15.000000000Z",` +
				`"sequence":4,"parts":[{"offset":0,"length":300,"seen":{"session":1,`,
		} {
			if !strings.Contains(units[i], want) {
				t.Errorf("unit %d: %s, want %s", i, units[i], want)
			}
		}
		if !strings.Contains(units[0], `{"offset":3000,"length":297000,"seen":{"file":"c.bundle"}}]`) {
			t.Error(units[0])
		}
	}
	for jobs := 1; jobs <= 3; jobs++ {
		dir := fmt.Sprint("out", jobs)
		units := run("extract", "-C", dir, "-T", "ndjson", "--jobs", fmt.Sprint(jobs), "a.pcap", "b.pcap")
		if len(units) != 3 {
			t.Fatalf("%d units: %q", len(units), units)
		}
		for i, want := range []string{
			`"file":"adu-001.payload","parts":[{"offset":0,"length":200,"seen":{"session":2,"frame":`,
			`"file":"adu-002.payload","parts":[{"offset":0,"length":150000,`,
			`"sequence":4,"sha256":"`,
		} {
			if !strings.Contains(units[i], want) {
				t.Errorf("unit %d: %s, want %s", i, units[i], want)
			}
		}
		if !strings.Contains(units[0], `"conflicts":[{"offset":200,"length":100}]`) || strings.Contains(units[1], "conflicts") {
			t.Errorf("conflicts in %s", units)
		}
		for name, want := range map[string][]byte{"adu-001.payload": other, "adu-002.payload": unit, "adu-003.payload": other} {
			if got, err := os.ReadFile(dir + "/" + name); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: %d octets, want %d (%v)", name, len(got), len(want), err)
			}
		}
	}
	table, _, _ := p.run("extract", "-C", "table", "a.pcap", "b.pcap")
	if !strings.HasSuffix(table, "\n\napplication data units joined from fragments: 3\n") {
		t.Error(table)
	}
	table, _, _ = p.run("bundles", "a.pcap", "b.pcap")
	if !strings.Contains(table, "\n\njoined ") || !strings.Contains(table, "[0..199] s2 active x1 (frame ") {
		t.Error(table)
	}
	rows, _, _ := p.run("bundles", "-T", "csv", "a.pcap", "b.pcap")
	if strings.Count(rows, "\nadu,,,,,,500,") != 2 || !strings.Contains(rows, "|200:300:s1:") {
		t.Error(rows)
	}
}
