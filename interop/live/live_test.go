// SPDX-License-Identifier: Apache-2.0

package live

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/capture"
)

const pcaps = "../../testdata/pcaps"

// dump is tcpcl-dump, built anew by TestMain.
var dump string

func TestMain(m *testing.M) { os.Exit(withPrograms(m)) }

func withPrograms(m *testing.M) int {
	for _, name := range []string{"ip", "ethtool", "tcpdump", "tcpreplay"} {
		if _, err := exec.LookPath(name); err != nil {
			fmt.Fprintln(os.Stderr, "these tests need iproute2, ethtool, tcpdump and tcpreplay:", err)
			return 1
		}
	}
	if os.Geteuid() != 0 {
		fmt.Fprintln(os.Stderr, "these tests make network namespaces, which takes root")
		return 1
	}
	dir, err := os.MkdirTemp("", "tcpcl-live")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	dump = filepath.Join(dir, "tcpcl-dump")
	build := exec.Command("go", "build", "-o", dump, "./cmd/tcpcl-dump")
	build.Dir = "../.." // the program is of another module
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building tcpcl-dump: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// captured are a live run and what tcpdump captured of the same packets.
type captured struct {
	t         *testing.T
	live      *program
	tcpdump   *program
	reference string
	recorded  string
}

// capture begins to capture on an interface, with both programs.
func (s space) capture(t *testing.T, name string, args ...string) *captured {
	t.Helper()
	dir := t.TempDir()
	c := &captured{t: t, reference: filepath.Join(dir, "reference.pcap"), recorded: filepath.Join(dir, "recorded.pcapng")}
	c.tcpdump = s.start(t, "listening on", "tcpdump", "-i", name, "-U", "--immediate-mode", "-B", "65536", "--time-stamp-precision=nano", "-s", "0", "-w", c.reference)
	c.live = s.start(t, "capturing", append([]string{dump, "-i", name, "-T", "ndjson", "-w", c.recorded}, args...)...)
	return c
}

// end ends both and compares: the records of the live run are those that are read from tcpdump's file, and from the one written beside.
func (c *captured) end() []string {
	c.t.Helper()
	time.Sleep(500 * time.Millisecond) // what is on its way arrives
	live := lines(c.live.stop())
	c.tcpdump.stop()
	if !strings.Contains(c.live.errs.String(), " 0 dropped by the kernel") {
		c.t.Errorf("%s", c.live.errs.String())
	}
	for _, file := range []string{c.reference, c.recorded} {
		out, err := exec.Command(dump, "-q", "-T", "ndjson", file).Output()
		if err != nil {
			c.t.Fatalf("%s: %v", file, err)
		}
		live, offline := live, lines(string(out))
		if file == c.reference { // each packet socket takes a time of its own, and packets of both directions in an order of its own
			live, offline = timeless(live), timeless(offline)
		}
		if slices.Equal(live, offline) {
			continue
		}
		c.t.Errorf("%d records live, %d of %s", len(live), len(offline), file)
		for _, side := range [][2][]string{{live, offline}, {offline, live}} {
			for _, line := range side[0] {
				if !slices.Contains(side[1], line) {
					c.t.Errorf("only in one of them: %s", line)
					break
				}
			}
		}
	}
	return live
}

var places = regexp.MustCompile(`"([a-z_]*frame|time|ack_latency)":("[^"]*"|[0-9.e-]+)`)

// timeless are records without times and frame numbers.
func timeless(records []string) (list []string) {
	for _, r := range records {
		list = append(list, places.ReplaceAllString(r, ""))
	}
	slices.Sort(list)
	return list
}

// lines are the records of an output, in an order of their own: a live run tells what it knows at once.
func lines(out string) []string {
	list := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	slices.Sort(list)
	return list
}

// plain gives the path of a capture that is not compressed.
func plain(t *testing.T, name string) string {
	path := filepath.Join(pcaps, name)
	if !strings.HasSuffix(name, ".gz") {
		return path
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(filepath.Join(t.TempDir(), strings.TrimSuffix(filepath.Base(name), ".gz")))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, err := io.Copy(out, z); err != nil {
		t.Fatal(err)
	}
	return out.Name()
}

func TestReplayedCapturesAreDissectedLiveAsFromAFile(t *testing.T) {
	for _, name := range []string{"seed-v4-plain.pcap", "seed-v4-tests.pcap", "seed-v4-ipv6.pcap", "ion-v3-bpv6.pcap", "dtn7-v4-multiseg-ip6.pcap",
		"hdtn-v4-bpv7.pcap.gz", "variants/seed-v4-plain.vlan.pcap.gz", "variants/seed-v4-plain.qinq.pcap.gz", "variants/seed-v4-plain.drop5.pcap.gz",
		"variants/ion-v3-bpv6.frag6-shuffled.pcap.gz"} {
		t.Run(name, func(t *testing.T) {
			file := plain(t, name)
			a, b := newSpace(t), newSpace(t)
			join(t, 1, a, "va", b, "vb")
			c := b.capture(t, "vb")
			a.run(t, "tcpreplay", "-q", "-i", "va", "--pps", "2000", file)
			live := c.end()
			out, err := exec.Command(dump, "-q", "-T", "ndjson", file).Output()
			if err != nil {
				t.Fatal(err)
			}
			if got, want := types(live), types(lines(string(out))); !slices.Equal(got, want) {
				t.Errorf("%d messages, %d in the capture", len(got), len(want))
			}
		})
	}
}

// types are the types and lengths of messages, in order.
func types(records []string) (list []string) {
	for _, r := range records {
		if i := strings.Index(r, `"type":`); i >= 0 && strings.HasPrefix(r, `{"record":"message"`) {
			text, _, _ := strings.Cut(r[i:], `,"stream_offset"`)
			list = append(list, text)
		}
	}
	slices.Sort(list)
	return list
}

// step is what one side says, of a session.
type step struct {
	session int
	client  bool
	octets  []byte
}

// steps are the messages of a capture, in order.
func steps(t *testing.T, file string) (list []step) {
	t.Helper()
	timeline := capture.NewTimeline([]string{file})
	defer timeline.Close()
	_, err := dissect.Run(context.Background(), timeline, dissect.Options{Want: dissect.Messages, KeepOctets: 64 << 20}, io.Discard,
		func(*dissect.Output) dissect.Sink { return &collector{list: &list} })
	if err != nil {
		t.Fatal(err)
	}
	return list
}

type collector struct {
	dissect.Sink // the rest is not wanted
	list         *[]step
}

func (c *collector) Message(m *record.Message) {
	*c.list = append(*c.list, step{m.Session, m.From == record.Active, slices.Clone(m.Octets)})
}

func (c *collector) Gap(*record.Gap) {}

// play has the sessions of a capture between a client and a server over real sockets: each message is sent when those before have arrived.
func play(t *testing.T, list []step, client, server space, address string) {
	t.Helper()
	var l net.Listener
	var err error
	server.do(t, func() { l, err = net.Listen("tcp", address) })
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ends := map[int][2]net.Conn{}
	for _, s := range list {
		pair, ok := ends[s.session]
		if !ok {
			client.do(t, func() { pair[0], err = net.Dial("tcp", l.Addr().String()) })
			if err == nil {
				pair[1], err = l.Accept()
			}
			if err != nil {
				t.Fatal(err)
			}
			ends[s.session] = pair
		}
		from, to := pair[1], pair[0]
		if s.client {
			from, to = pair[0], pair[1]
		}
		go from.Write(s.octets)
		to.SetReadDeadline(time.Now().Add(patience))
		if _, err := io.ReadFull(to, make([]byte, len(s.octets))); err != nil {
			t.Fatal(err)
		}
	}
	for _, pair := range ends {
		pair[0].Close()
		pair[1].Close()
	}
}

func TestRealSocketsAreDissectedLiveAsFromAFile(t *testing.T) {
	for _, name := range []string{"seed-v4-plain.pcap", "ion-v3-bpv6.pcap"} {
		list := steps(t, filepath.Join(pcaps, name))
		for _, address := range []string{"10.9.1.2:4556", "[fd09:1::2]:4557"} {
			t.Run(name+" "+strings.ReplaceAll(address, ":", "-"), func(t *testing.T) {
				a, b := newSpace(t), newSpace(t)
				join(t, 1, a, "va", b, "vb")
				c := b.capture(t, "vb")
				play(t, list, a, b, address)
				checkAll(t, c.end(), list)
			})
		}
	}
}

// A bad link delays, loses, doubles and reorders frames; TCP repairs that, and so does what looks on.
func TestABadLinkIsDissectedLiveAsFromAFile(t *testing.T) {
	for _, name := range []string{"seed-v4-plain.pcap", "ion-v3-bpv6.pcap"} {
		t.Run(name, func(t *testing.T) {
			list := steps(t, filepath.Join(pcaps, name))
			a, m, b := newSpace(t), newSpace(t), newSpace(t)
			join(t, 1, a, "va", m, "ma")
			join(t, 2, m, "mb", b, "vb")
			forward(t, m, "ma", "mb")
			for i, end := range []struct {
				space
				name string
			}{{a, "va"}, {b, "vb"}} {
				end.run(t, "ip", "addr", "add", fmt.Sprintf("10.8.1.%d/24", i+1), "dev", end.name)
				end.run(t, "ip", "link", "set", "dev", end.name, "mtu", "1500")
				end.run(t, "ethtool", "-K", end.name, "tx", "off", "tso", "off", "gso", "off", "gro", "off")
			}
			c := b.capture(t, "vb")
			play(t, list, a, b, "10.8.1.2:4556")
			checkAll(t, c.end(), list)
		})
	}
}

// checkAll compares the messages of a live run with those that were sent.
func checkAll(t *testing.T, live []string, list []step) {
	t.Helper()
	messages := types(live)
	if len(messages) != len(list) {
		t.Errorf("%d messages of %d", len(messages), len(list))
	}
	octets := 0
	for _, s := range list {
		octets += len(s.octets)
	}
	for _, m := range messages {
		_, text, _ := strings.Cut(m, `"length":`)
		n, _ := strconv.Atoi(text)
		octets -= n
	}
	if octets != 0 {
		t.Errorf("%d octets are missing", octets)
	}
}
