// SPDX-License-Identifier: Apache-2.0

package pcapfilter

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"github.com/dtn-tools/tcpcl/internal/pcapfilter/filtertest"
	"github.com/dtn-tools/tcpcl/reassembly"
)

// virtualMachine makes the other implementation of BPF of a program, which also checks it.
func virtualMachine(t *testing.T, program Program) *bpf.VM {
	t.Helper()
	raw := make([]bpf.RawInstruction, len(program))
	for i, in := range program {
		raw[i] = bpf.RawInstruction(in)
	}
	instructions, decoded := bpf.Disassemble(raw)
	if !decoded {
		t.Fatalf("not all instructions are known: %v", instructions)
	}
	again, err := bpf.Assemble(instructions)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(again, raw) {
		t.Fatalf("assembled anew it is another program:\n%v\n%v", again, raw)
	}
	vm, err := bpf.NewVM(instructions)
	if err != nil {
		t.Fatal(err)
	}
	return vm
}

func TestTheOtherMachineAnswersTheSame(t *testing.T) {
	for _, g := range filtertest.Handmade() {
		for _, expression := range filtertest.Expressions() {
			program := program(t, expression, g.Link)
			vm := virtualMachine(t, program)
			for i := range g.Packets {
				data := g.Packets[i].Data
				theirs, err := vm.Run(data)
				if err != nil {
					t.Fatalf("%s: %v", expression, err)
				}
				if ours := program.run(data, uint32(len(data))); int(ours) != theirs {
					t.Fatalf("%s: %s: packet %d: %d, the other machine says %d", g.Name, expression, i+1, ours, theirs)
				}
			}
		}
	}
}

// beside is what the kernel keeps beside a packet.
type beside struct {
	protocol uint32
	present  bool // there is a VLAN tag
	tag      uint32
}

// with makes a program for a machine that keeps nothing beside packets: what it would find there is put in its place.
func (b beside) with(program Program) Program {
	program = slices.Clone(program)
	for i, in := range program {
		if in.Op != loadWord || in.K < besidePacket {
			continue
		}
		value := uint32(0)
		switch {
		case in.K == besideProtocol:
			value = b.protocol
		case in.K == besideVLANTagPresent && b.present:
			value = 1
		case in.K == besideVLANTag && b.present:
			value = b.tag
		}
		program[i] = Instruction{Op: loadNumber, K: value}
	}
	return program
}

// inKernel gives the octets of an Ethernet frame that a packet socket has, without the link header if it is cooked, and what is beside them.
func inKernel(frame []byte, cooked bool) (data []byte, b beside) {
	b.protocol = uint32(binary.BigEndian.Uint16(frame[12:]))
	header := frame[:14]
	data = frame[14:]
	if isTag(b.protocol) && len(data) >= 4 {
		b.present, b.tag = true, uint32(binary.BigEndian.Uint16(data))
		header = slices.Concat(frame[:12], data[2:4])
		b.protocol = uint32(binary.BigEndian.Uint16(data[2:]))
		data = data[4:]
	}
	if b.protocol <= longestFrame {
		b.protocol = llcProtocol
	}
	if cooked {
		return data, b
	}
	return slices.Concat(header, data), b
}

func isTag(etherType uint32) bool {
	return etherType == etherTypeVLAN || etherType == etherTypeQinQ || etherType == etherTypeQinQOld
}

// A filter that speaks of vlan before all else must not notice where the tag is; for packets without a tag no filter does.
func TestKernelsAnswersAreThoseForFiles(t *testing.T) {
	vlans := []string{"vlan", "vlan 7", "vlan 8", "vlan and tcp", "vlan 7 and port 53", "vlan and vlan", "vlan and vlan 99 and ip", "vlan and host 10.1.2.3",
		"vlan and not tcp", "vlan and ip[9] = 17", "vlan and (udp or arp)", "vlan and ip6 and vlan", "not vlan", "vlan and mpls and ip", "vlan 7 or vlan 99"}
	compared, packets := 0, frames()
	for _, expression := range append(filtertest.Expressions(), vlans...) {
		if strings.Contains(expression, "ether") || strings.Contains(expression, "link") || strings.Contains(expression, "cast") ||
			strings.Contains(expression, "len") || strings.Contains(expression, "less") || strings.Contains(expression, "greater") {
			continue // without a link header these are something else
		}
		f := mustParse(t, expression)
		m := NewMatcher(f)
		for _, cooked := range []bool{false, true} {
			program := f.Kernel(cooked)
			for i := range packets {
				p := &packets[i]
				data, b := inKernel(p.Data, cooked)
				if b.present && !slices.Contains(vlans, expression) {
					continue
				}
				compared++
				if got, want := b.with(program).run(data, uint32(len(data))) != 0, matches(m, p); got != want {
					t.Fatalf("%s: packet %d, cooked %t: %t in the kernel, %t in a file", expression, p.Frame, cooked, got, want)
				}
			}
		}
	}
	if compared < 100_000 {
		t.Errorf("only %d packets were compared", compared)
	}
}

// frames are the packets made by hand that have a whole Ethernet header, as they would be if they were not cut.
func frames() (all []reassembly.Packet) {
	for _, g := range filtertest.Handmade() {
		for _, p := range g.Packets {
			if g.Link == reassembly.LinkEthernet && (len(p.Data) >= 14 && p.Frame%8 == 0 || p.Length == len(p.Data)) {
				p.Length = len(p.Data)
				all = append(all, p)
			}
		}
	}
	return all
}

func TestOnlyFiltersWithVLANLookBesideThePacket(t *testing.T) {
	for text, want := range map[string]bool{"tcp port 4556": false, "tcp and vlan": true, "mpls and ip": false} {
		program := mustParse(t, text).Kernel(false)
		if got := slices.ContainsFunc(program, func(in Instruction) bool { return in.K == besideVLANTagPresent }); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
	if got, want := mustParse(t, "vlan or tcp").KernelIP(), mustParse(t, "tcp").KernelIP(); !slices.Equal(got, want) {
		t.Errorf("without Ethernet there is no tag: %v, want %v", got, want)
	}
}

func TestCutChangesOnlyHowMuchIsWanted(t *testing.T) {
	p := mustParse(t, "tcp").KernelIP()
	cut := p.Cut(96)
	for i := range p {
		want := p[i]
		if want.Op == returnNumber && want.K > 0 {
			want.K = 96
		}
		if cut[i] != want {
			t.Errorf("instruction %d: %v, want %v", i, cut[i], want)
		}
	}
	if got := All().Cut(96).run(nil, 0); got != 96 {
		t.Errorf("%d octets are wanted of every packet", got)
	}
}
