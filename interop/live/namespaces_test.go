// SPDX-License-Identifier: Apache-2.0

package live

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const patience = 20 * time.Second

// space is a network namespace.
type space string

var spaces int

func newSpace(t *testing.T) space {
	t.Helper()
	spaces++
	s := space(fmt.Sprintf("tcpcl-%d-%d", os.Getpid(), spaces))
	run(t, "ip", "netns", "add", string(s))
	t.Cleanup(func() { exec.Command("ip", "netns", "del", string(s)).Run() })
	s.run(t, "ip", "link", "set", "lo", "up")
	return s
}

// join makes a pair of interfaces between two namespaces. Their addresses are 10.9.N.1 and .2, and fd09:N::1 and ::2, without offloading, which
// would have frames on the wire that no wire has, and without packets that the kernel sends of its own accord.
func join(t *testing.T, n int, a space, nameA string, b space, nameB string) {
	t.Helper()
	a.run(t, "ip", "link", "add", "name", nameA, "type", "veth", "peer", "name", nameB, "netns", string(b))
	for i, end := range []struct {
		space
		name string
	}{{a, nameA}, {b, nameB}} {
		end.run(t, "sysctl", "-qw", "net.ipv6.conf."+end.name+".accept_dad=0", "net.ipv6.conf."+end.name+".router_solicitations=0")
		end.run(t, "ip", "link", "set", "dev", end.name, "addrgenmode", "none", "mtu", "65535")
		end.run(t, "ip", "addr", "add", fmt.Sprintf("10.9.%d.%d/24", n, i+1), "dev", end.name)
		end.run(t, "ip", "addr", "add", fmt.Sprintf("fd09:%d::%d/64", n, i+1), "dev", end.name, "nodad")
		end.run(t, "ip", "link", "set", "dev", end.name, "up")
	}
}

func run(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func (s space) command(args ...string) *exec.Cmd {
	return exec.Command("ip", append([]string{"netns", "exec", string(s)}, args...)...)
}

func (s space) run(t *testing.T, args ...string) {
	t.Helper()
	if out, err := s.command(args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// do calls f in the namespace: sockets that it opens belong there, wherever they are used.
func (s space) do(t *testing.T, f func()) {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		fd, err := os.Open("/run/netns/" + string(s))
		if err == nil {
			defer fd.Close()
			err = unix.Setns(int(fd.Fd()), unix.CLONE_NEWNET)
		}
		if err == nil {
			f()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// program is one that runs in a namespace.
type program struct {
	t    *testing.T
	cmd  *exec.Cmd
	out  output
	errs output
	done chan error
}

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

// start starts a program and waits until it says on standard error that it is ready.
func (s space) start(t *testing.T, ready string, args ...string) *program {
	t.Helper()
	p := &program{t: t, cmd: s.command(args...), done: make(chan error, 1)}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- p.cmd.Wait() }()
	t.Cleanup(func() { p.cmd.Process.Kill() })
	p.wait("being ready", func() bool { return strings.Contains(p.errs.String(), ready) })
	return p
}

// wait waits until something is so.
func (p *program) wait(what string, so func() bool) {
	p.t.Helper()
	for end := time.Now().Add(patience); !so(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatalf("%s: no %s\n%.2000s\n%s", p.cmd.Args[4], what, p.out.String(), p.errs.String())
		}
	}
}

// stop ends a program as Ctrl-C does, and returns what it wrote.
func (p *program) stop() string {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		p.t.Fatal(err)
	}
	select {
	case err := <-p.done:
		if err != nil {
			p.t.Errorf("%s: %v\n%s", p.cmd.Args[4], err, p.errs.String())
		}
	case <-time.After(patience):
		p.t.Fatalf("%s does not end\n%s", p.cmd.Args[4], p.errs.String())
	}
	return p.out.String()
}
