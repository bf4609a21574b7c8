// SPDX-License-Identifier: Apache-2.0

// Package openssl holds the tests that decrypt what OpenSSL's programs say to each other: the cipher suites and messages that
// crypto/tls does not have. They fail where openssl is not installed.
package openssl

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dtn-tools/tcpcl/internal/tlsdec"
)

const patience = 10 * time.Second

// output is what a program has printed so far.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// program is a running openssl.
type program struct {
	t     *testing.T
	name  string
	stdin io.WriteCloser
	out   output
	done  chan error
}

func start(t *testing.T, args ...string) *program {
	t.Helper()
	p := &program{t: t, name: args[0], done: make(chan error, 1)}
	cmd := exec.Command("openssl", args...)
	cmd.Stdout, cmd.Stderr = &p.out, &p.out
	var err error
	if p.stdin, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- cmd.Wait() }()
	t.Cleanup(func() {
		p.stdin.Close()
		cmd.Process.Kill()
	})
	return p
}

// see waits until the program has printed something.
func (p *program) see(text string) {
	p.t.Helper()
	for end := time.Now().Add(patience); !strings.Contains(p.out.String(), text); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatalf("%s does not print %q:\n%s", p.name, text, p.out.String())
		}
	}
}

// line waits until the program has printed a line that begins with something, and returns the rest of it.
func (p *program) line(begin string) string {
	p.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		if _, rest, ok := strings.Cut(p.out.String(), begin); ok {
			if line, _, ok := strings.Cut(rest, "\n"); ok {
				return line
			}
		}
		if time.Now().After(end) {
			p.t.Fatalf("%s does not print %q:\n%s", p.name, begin, p.out.String())
		}
	}
}

func (p *program) say(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.stdin, text); err != nil {
		p.t.Fatal(err)
	}
}

func (p *program) end() {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.t.Fatalf("%s does not end:\n%s", p.name, p.out.String())
	}
}

// flight is what one side sent at once.
type flight struct {
	side int
	b    []byte
}

// recorder forwards connections and keeps what they carry.
type recorder struct {
	l       net.Listener
	to      string
	mu      sync.Mutex
	flights [][]flight // of each connection
	open    sync.WaitGroup
}

func record(t *testing.T, to string) *recorder {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	r := &recorder{l: l, to: to}
	go r.accept()
	return r
}

func (r *recorder) accept() {
	for {
		client, err := r.l.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", r.to)
		if err != nil {
			client.Close()
			return
		}
		r.mu.Lock()
		n := len(r.flights)
		r.flights = append(r.flights, nil)
		r.mu.Unlock()
		r.open.Add(2)
		go r.forward(n, 0, client, server)
		go r.forward(n, 1, server, client)
	}
}

func (r *recorder) forward(n, side int, from, to net.Conn) {
	defer r.open.Done()
	defer to.(*net.TCPConn).CloseWrite()
	b := make([]byte, 32<<10)
	for {
		k, err := from.Read(b)
		if k > 0 {
			r.mu.Lock()
			r.flights[n] = append(r.flights[n], flight{side, bytes.Clone(b[:k])})
			r.mu.Unlock()
			to.Write(b[:k])
		}
		if err != nil {
			return
		}
	}
}

// handler keeps what a connection tells.
type handler struct {
	plain  [2][]byte
	lost   []tlsdec.Missing
	events [2][]tlsdec.Event
}

func (h *handler) Plaintext(side int, d []byte, _ tlsdec.Mark) {
	h.plain[side] = append(h.plain[side], d...)
}
func (h *handler) Missing(_ int, m tlsdec.Missing) { h.lost = append(h.lost, m) }
func (h *handler) Event(side int, e tlsdec.Event, _ tlsdec.Mark) {
	h.events[side] = append(h.events[side], e)
}

func count[T tlsdec.Event](h *handler, side int) (n int) {
	for _, e := range h.events[side] {
		if _, ok := e.(T); ok {
			n++
		}
	}
	return n
}

// problems lists what could not be decrypted.
func (h *handler) problems() (out []string) {
	for side := range h.events {
		for _, e := range h.events[side] {
			switch e.(type) {
			case *tlsdec.DecryptFailed, *tlsdec.MissingKeys, *tlsdec.Malformed, *tlsdec.Unsupported:
				out = append(out, fmt.Sprintf("side %d: %T%+v", side, e, e))
			}
		}
	}
	for _, m := range h.lost {
		out = append(out, fmt.Sprintf("missing: %+v", m))
	}
	return out
}

// setup is a server with a recorder before it.
type setup struct {
	t      *testing.T
	dir    string
	server *program
	r      *recorder
}

func serve(t *testing.T, key string, args ...string) *setup {
	t.Helper()
	s := &setup{t: t, dir: t.TempDir()}
	newKey := []string{"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"}
	if key == "rsa" {
		newKey = []string{"-newkey", "rsa:2048"}
	}
	req := exec.Command("openssl", append([]string{"req", "-x509", "-nodes", "-subj", "/CN=localhost", "-days", "2", "-keyout", s.path("key"), "-out", s.path("cert")}, newKey...)...)
	if out, err := req.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s.server = start(t, append([]string{"s_server", "-accept", "127.0.0.1:0", "-cert", s.path("cert"), "-key", s.path("key"), "-keylogfile", s.path("keys")}, args...)...)
	s.r = record(t, s.server.line("ACCEPT ")) // the port is its choice: one that was free a moment ago may not be any more
	return s
}

func (s *setup) path(name string) string { return filepath.Join(s.dir, name) }

func (s *setup) connect(args ...string) *program {
	s.t.Helper()
	c := start(s.t, append([]string{"s_client", "-connect", s.r.l.Addr().String(), "-servername", "localhost"}, args...)...)
	return c
}

// decrypt decrypts the connection of a number, in pieces of at most some octets.
func (s *setup) decrypt(n, step int) *handler {
	s.t.Helper()
	k, err := tlsdec.OpenKeyLog(s.path("keys"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer k.Close()
	h := &handler{}
	c := tlsdec.NewConn(h, k)
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	for i, f := range s.r.flights[n] {
		for b := f.b; len(b) > 0; {
			k := min(step, len(b))
			c.Data(f.side, b[:k], tlsdec.Mark{Frame: uint64(i + 1)})
			b = b[k:]
		}
	}
	c.Close()
	return h
}

// want fails where the plaintext of a connection is another one or there is a problem.
func (s *setup) want(n int, client, server string) *handler {
	s.t.Helper()
	var h *handler
	for _, step := range []int{1, 1 << 20} {
		h = s.decrypt(n, step)
		for side, want := range []string{client, server} {
			if got := string(h.plain[side]); got != want {
				s.t.Errorf("connection %d, side %d: %d octets %.80q, want %d: %.80q", n, side, len(got), got, len(want), want)
			}
		}
		for _, p := range h.problems() {
			s.t.Error(p)
		}
	}
	return h
}

var long = strings.Repeat("long text, ", 600) + "end of it\n"

// chat lets both say something, and the client end the connection.
func (s *setup) chat(c *program) {
	s.t.Helper()
	c.say("from the client\n")
	s.server.see("from the client\n")
	s.server.say("from the server\n")
	c.see("from the server\n")
	c.say(long)
	s.server.see("end of it\n")
	c.say("Q\n")
	c.end()
	s.r.open.Wait()
}

func TestCipherSuites(t *testing.T) {
	for _, c := range []struct{ key, version, suite, etm string }{
		{"ec", "-tls1_3", "TLS_AES_128_GCM_SHA256", ""},
		{"ec", "-tls1_3", "TLS_AES_256_GCM_SHA384", ""},
		{"ec", "-tls1_3", "TLS_CHACHA20_POLY1305_SHA256", ""},
		{"ec", "-tls1_3", "TLS_AES_128_CCM_SHA256", ""},
		{"ec", "-tls1_3", "TLS_AES_128_CCM_8_SHA256", ""},
		{"ec", "-tls1_2", "ECDHE-ECDSA-AES128-CCM", ""},
		{"ec", "-tls1_2", "ECDHE-ECDSA-AES256-CCM", ""},
		{"ec", "-tls1_2", "ECDHE-ECDSA-AES128-CCM8", ""},
		{"ec", "-tls1_2", "ECDHE-ECDSA-AES256-CCM8", ""},
		{"rsa", "-tls1_2", "AES128-CCM", ""},
		{"rsa", "-tls1_2", "DHE-RSA-AES256-CCM8", ""},
		{"rsa", "-tls1_2", "DHE-RSA-AES128-GCM-SHA256", ""},
		{"rsa", "-tls1_2", "DHE-RSA-AES256-GCM-SHA384", ""},
		{"rsa", "-tls1_2", "DHE-RSA-CHACHA20-POLY1305", ""},
		{"ec", "-tls1_2", "ECDHE-ECDSA-AES256-SHA384", ""},
		{"ec", "-tls1_2", "ECDHE-ECDSA-AES256-SHA384", "-no_etm"},
		{"ec", "-tls1_2", "ECDHE-ECDSA-AES128-SHA256", ""},
		{"ec", "-tls1_2", "ECDHE-ECDSA-AES128-SHA256", "-no_etm"},
		{"rsa", "-tls1_2", "DHE-RSA-AES256-SHA256", ""},
		{"rsa", "-tls1_2", "ECDHE-RSA-AES128-SHA", ""},
		{"rsa", "-tls1_2", "ECDHE-RSA-AES128-SHA", "-no_etm"},
	} {
		t.Run(c.suite+c.etm, func(t *testing.T) {
			t.Parallel()
			args := []string{c.version}
			if c.version == "-tls1_3" {
				args = append(args, "-ciphersuites", c.suite, "-cipher", "DEFAULT@SECLEVEL=0")
			} else {
				args = append(args, "-cipher", c.suite+":@SECLEVEL=0")
			}
			if c.etm != "" {
				args = append(args, c.etm)
			}
			s := serve(t, c.key, args...)
			s.chat(s.connect(args...))
			h := s.want(0, "from the client\n"+long, "from the server\n")
			for _, e := range h.events[1] {
				if hello, ok := e.(*tlsdec.ServerHello); ok && strings.Contains(c.suite, "-SHA") && !strings.Contains(c.suite, "GCM") && hello.EncryptThenMAC != (c.etm == "") {
					t.Errorf("%+v", hello)
				}
			}
		})
	}
}

func TestKeyUpdatesOfBothSides(t *testing.T) {
	s := serve(t, "ec", "-tls1_3")
	c := s.connect("-tls1_3")
	want := [2]string{}
	for i, command := range []string{"k\n", "K\n", "K\n"} {
		c.say(fmt.Sprintf("from the client %d\n", i))
		s.server.see(fmt.Sprintf("from the client %d\n", i))
		want[0] += fmt.Sprintf("from the client %d\n", i)
		c.say(command)
		c.see(strings.Repeat("KEYUPDATE\n", 1))
		time.Sleep(50 * time.Millisecond) // what is said at once would be part of the command
		s.server.say(fmt.Sprintf("from the server %d\n", i))
		c.see(fmt.Sprintf("from the server %d\n", i))
		want[1] += fmt.Sprintf("from the server %d\n", i)
		s.server.say(command)
		time.Sleep(50 * time.Millisecond)
	}
	s.chat(c)
	h := s.want(0, want[0]+"from the client\n"+long, want[1]+"from the server\n")
	for side := range 2 {
		if n := count[*tlsdec.KeyUpdate](h, side); n < 3 {
			t.Errorf("side %d: %d KeyUpdates", side, n)
		}
	}
}

func TestARenegotiationIsFollowed(t *testing.T) {
	s := serve(t, "ec", "-tls1_2", "-client_renegotiation")
	c := s.connect("-tls1_2")
	c.say("before\n")
	s.server.see("before\n")
	c.say("R\n")
	c.see("RENEGOTIATING")
	time.Sleep(100 * time.Millisecond)
	s.chat(c)
	h := s.want(0, "before\nfrom the client\n"+long, "from the server\n")
	if n := count[*tlsdec.ServerHello](h, 1); n != 2 {
		t.Errorf("%d ServerHellos", n)
	}
}

func TestResumptionBySessionID(t *testing.T) {
	s := serve(t, "ec", "-tls1_2", "-no_ticket")
	s.chat(s.connect("-tls1_2", "-no_ticket", "-sess_out", s.path("session")))
	s.server.out.b.Reset()
	s.chat(s.connect("-tls1_2", "-no_ticket", "-sess_in", s.path("session")))
	h := s.want(1, "from the client\n"+long, "from the server\n")
	if n := count[*tlsdec.Certificates](h, 1); n != 0 {
		t.Error("the session was not resumed")
	}
}

func TestEarlyData(t *testing.T) {
	s := serve(t, "ec", "-tls1_3", "-early_data")
	if err := os.WriteFile(s.path("early"), []byte("early data\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.chat(s.connect("-tls1_3", "-sess_out", s.path("session")))
	for n := 1; n <= 2; n++ { // the second time it is a replay, which the server does not take
		s.server.out.mu.Lock()
		s.server.out.b.Reset()
		s.server.out.mu.Unlock()
		s.chat(s.connect("-tls1_3", "-sess_in", s.path("session"), "-early_data", s.path("early")))
	}
	s.want(1, "early data\nfrom the client\n"+long, "from the server\n")
	h := s.decrypt(2, 1<<20)
	if got, want := string(h.plain[0]), "from the client\n"+long; got != want {
		t.Errorf("rejected: %q", got)
	}
	if len(h.lost) != 1 || h.lost[0].Why != tlsdec.EarlyRejected {
		t.Errorf("rejected: %q", h.problems())
	}
}
