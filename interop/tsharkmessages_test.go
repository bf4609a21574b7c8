// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// reassembly is what tshark tells of a transfer of several segments in the frame that completes it.
type reassembly struct {
	flow
	frame  string
	fields map[string][]string
}

// tsharkMessages lists all messages that tshark finds in a capture, and the transfers that it puts together. They come from its PDML, the one format of tshark's in
// which several messages in a frame can be told apart.
func tsharkMessages(t *testing.T, c capture) ([]*message, []reassembly) {
	t.Helper()
	types, err := tsharkFields()
	if err != nil {
		t.Fatal(err)
	}
	p := pdml{types: types}
	runTshark(t, c, p.read, "-Y", "tcpcl", "-T", "pdml", "-J", "frame tcp tcpcl tcpcl.xfer.fragments")
	return p.messages, p.done
}

// pdml reads tshark's PDML: packets, in them protocols, in them fields, which may be nested. A <proto name="tcpcl"> may hold
// several messages; what belongs to the reassembly of a transfer comes behind it, outside.
type pdml struct {
	types    map[string]string
	messages []*message

	packet  message             // what the messages of the packet have in common
	label   string              // of the last tcpcl protocol
	since   int                 // messages[since:] are those of the last tcpcl protocol
	header  bool                // the tcpcl protocol has begun and its first message has not
	outside map[string][]string // fields behind the last tcpcl protocol
	done    []reassembly
	expert  int // depth inside expert items
}

func (p *pdml) read(r io.Reader) error {
	d := xml.NewDecoder(bufio.NewReaderSize(r, 1<<20))
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch e := token.(type) {
		case xml.StartElement:
			if p.expert > 0 || attribute(e, "name") == "_ws.expert" {
				p.expert++
				continue
			}
			if err := p.start(e); err != nil {
				return fmt.Errorf("frame %s: %w", p.packet.frame, err)
			}
		case xml.EndElement:
			if p.expert > 0 {
				p.expert--
			} else if e.Name.Local == "packet" {
				p.endProtocol()
			}
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (p *pdml) start(e xml.StartElement) error {
	name, show := attribute(e, "name"), attribute(e, "show")
	switch name {
	case "frame.number":
		p.packet.frame = show
	case "frame.time_epoch":
		p.packet.epoch = show
	case "tcp.stream":
		p.packet.stream = show
	case "tcp.srcport":
		p.packet.srcport = show
	case "tcpcl":
		p.endProtocol()
		p.label, p.header = attribute(e, "showname"), true
	case "tcpcl.contact_hdr", "tcpcl.mhdr", "tcpcl.v4.mhdr":
		m := p.packet
		m.fields = map[string][]string{}
		m.pos = attribute(e, "pos")
		if p.header {
			m.fields["tcpcl"], p.header = []string{p.label}, false
		}
		p.messages = append(p.messages, &m)
	}
	if !strings.HasPrefix(name, "tcpcl.") {
		return nil
	}
	value, err := p.value(name, e)
	if err != nil {
		return err
	}
	switch {
	case name == "tcpcl.xfer.reassembled.in":
		return p.reassembledIn(attribute(e, "pos"), value)
	case strings.HasPrefix(name, "tcpcl.xfer."):
		if p.outside == nil {
			p.outside = map[string][]string{}
		}
		p.outside[name] = append(p.outside[name], value)
	case len(p.messages) == p.since:
		return fmt.Errorf("%s is in no message", name)
	default:
		m := p.messages[len(p.messages)-1]
		m.fields[name] = append(m.fields[name], value)
	}
	return nil
}

// value is what "tshark -T fields" would write.
func (p *pdml) value(name string, e xml.StartElement) (string, error) {
	show := attribute(e, "show")
	switch p.types[name] {
	case "":
		return "", fmt.Errorf("%s is not in the list of tshark's fields", name)
	case "FT_NONE":
		return "1", nil
	case "FT_PROTOCOL":
		return attribute(e, "showname"), nil
	case "FT_BYTES":
		return strings.ReplaceAll(show, ":", ""), nil
	}
	return show, nil
}

// reassembledIn gives the value to the message of the last protocol that begins at pos.
func (p *pdml) reassembledIn(pos, value string) error {
	for _, m := range p.messages[p.since:] {
		if m.pos == pos {
			m.fields["tcpcl.xfer.reassembled.in"] = append(m.fields["tcpcl.xfer.reassembled.in"], value)
			return nil
		}
	}
	return fmt.Errorf("tcpcl.xfer.reassembled.in of a message at %s, where none is", pos)
}

// endProtocol keeps what is told of a completed transfer.
func (p *pdml) endProtocol() {
	if p.outside != nil {
		p.done = append(p.done, reassembly{flow: p.packet.flow, frame: p.packet.frame, fields: p.outside})
		p.outside = nil
	}
	p.since = len(p.messages)
}
