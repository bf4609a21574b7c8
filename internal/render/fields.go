// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// FieldOptions are tshark's -E options.
type FieldOptions struct {
	BOM        bool
	Header     bool
	Separator  string         // between fields; "" is a tab
	Quote      string         // around values: "\"", "'" or ""
	Occurrence Occurrence     // which values of a field with several
	Aggregator string         // between the values of a field; "" is a comma
	Location   *time.Location // of frame.time; nil is time.Local
}

// Occurrence says which of a field's values are shown.
type Occurrence uint8

const (
	AllOccurrences Occurrence = iota
	FirstOccurrence
	LastOccurrence
)

// ParseFieldOptions understands tshark's -E options, each "key=value".
func ParseFieldOptions(options []string) (FieldOptions, error) {
	var o FieldOptions
	for _, option := range options {
		key, value, _ := strings.Cut(option, "=")
		if !o.set(key, value) {
			return o, fmt.Errorf("field output option %q is none of bom=y|n, header=y|n, separator=/t|/s|CHARACTER, "+
				"occurrence=f|l|a, aggregator=,|/s|CHARACTER, quote=d|s|n", option)
		}
	}
	return o, nil
}

func (o *FieldOptions) set(key, value string) bool {
	ok := true
	switch key + "=" + value {
	case "bom=y":
		o.BOM = true
	case "bom=n":
		o.BOM = false
	case "header=y":
		o.Header = true
	case "header=n":
		o.Header = false
	case "quote=d":
		o.Quote = `"`
	case "quote=s":
		o.Quote = "'"
	case "quote=n":
		o.Quote = ""
	case "occurrence=f":
		o.Occurrence = FirstOccurrence
	case "occurrence=l":
		o.Occurrence = LastOccurrence
	case "occurrence=a":
		o.Occurrence = AllOccurrences
	default:
		switch key {
		case "separator":
			o.Separator, ok = separator(value)
		case "aggregator":
			o.Aggregator, ok = separator(value)
		default:
			ok = false
		}
	}
	return ok
}

// separator is /t, /s or the first character, as tshark takes it.
func separator(value string) (string, bool) {
	switch value {
	case "":
		return "", false
	case "/t":
		return "\t", true
	case "/s":
		return " ", true
	}
	_, n := utf8.DecodeRuneInString(value)
	return value[:n], true
}

// Fields shows chosen fields of every complete message, a line each. Gaps and messages cut short are no messages and have no
// line; so have fields that a message does not have no value.
//
// Some fields tell what only later messages say (the ack of a segment, the other side's SESS_INIT). Where one is asked for,
// lines wait in order until their values are known or their session has ended, at most 65536 of them: then the oldest is
// shown without. SessionEnd and Flush let them go. See OneWorker.
type Fields struct {
	names  []string
	fields []*FieldInfo
	o      FieldOptions
	queue  queue
	values []Value // scratch
}

// NewFields makes an encoder for one worker. The error is an *UnknownFieldError.
func NewFields(names []string, o FieldOptions) (*Fields, error) {
	if o.Separator == "" {
		o.Separator = "\t"
	}
	if o.Aggregator == "" {
		o.Aggregator = ","
	}
	if o.Location == nil {
		o.Location = time.Local
	}
	f := &Fields{names: names, o: o}
	for _, name := range names {
		info, err := LookupField(name)
		if err != nil {
			return nil, err
		}
		f.fields = append(f.fields, info)
		f.queue.wanted |= info.later
	}
	return f, nil
}

// OneWorker reports whether lines may wait for later messages, so that one encoder must see all messages and all session
// ends for the lines to come out in order.
func (f *Fields) OneWorker() bool { return f.queue.wanted != 0 }

// Data reports whether a field shows the octets of messages: they must be kept (dissect.Options.KeepOctets).
func (f *Fields) Data() bool {
	return slices.ContainsFunc(f.fields, (*FieldInfo).OfOctets)
}

// Bundles reports whether a field is one of bundles: their fields must be wanted (dissect.BundleFields).
func (f *Fields) Bundles() bool {
	return slices.ContainsFunc(f.fields, (*FieldInfo).OfBundle)
}

// AppendHeader appends the byte order mark and the line of names, if they were asked for. It belongs before everything else, once.
func (f *Fields) AppendHeader(dst []byte) []byte {
	if f.o.BOM {
		dst = append(dst, "\ufeff"...)
	}
	if !f.o.Header {
		return dst
	}
	for i, name := range f.names {
		if i > 0 {
			dst = append(dst, f.o.Separator...)
		}
		dst = append(dst, name...)
	}
	return append(dst, '\n')
}

// AppendMessage appends the line of m, or earlier lines whose values are known now.
func (f *Fields) AppendMessage(dst []byte, m *record.Message) []byte {
	if m.CutShort {
		return dst
	}
	if f.queue.wanted == 0 {
		return f.appendLine(dst, m)
	}
	l := f.queue.learn(m)
	f.fill(l, m)
	f.queue.push(l)
	return f.release(dst)
}

// AppendGap appends nothing: a gap has no fields.
func (f *Fields) AppendGap(dst []byte, _ *record.Gap) []byte { return dst }

// SessionEnd appends the lines that waited for something of a session that is over.
func (f *Fields) SessionEnd(dst []byte, s *record.Session) []byte {
	f.queue.endSession(s.Session)
	return f.release(dst)
}

// Flush appends all lines that still wait.
func (f *Fields) Flush(dst []byte) []byte {
	f.queue.endAll()
	return f.release(dst)
}

func (f *Fields) appendLine(dst []byte, m *record.Message) []byte {
	for i, field := range f.fields {
		if i > 0 {
			dst = append(dst, f.o.Separator...)
		}
		f.values = field.Values(f.values[:0], m)
		dst = f.appendCell(dst, field)
	}
	return append(dst, '\n')
}

// fill keeps what a line that may have to wait shows already: the record is gone when it is let go.
func (f *Fields) fill(l *line, m *record.Message) {
	for i, field := range f.fields {
		if i > 0 {
			l.text = append(l.text, f.o.Separator...)
		}
		if field.later != 0 {
			l.cuts = append(l.cuts, len(l.text))
			continue
		}
		f.values = field.Values(f.values[:0], m)
		l.text = f.appendCell(l.text, field)
	}
}

func (f *Fields) release(dst []byte) []byte {
	for l := f.queue.pop(); l != nil; l = f.queue.pop() {
		from, cuts := 0, l.cuts
		for _, field := range f.fields {
			if field.later == 0 {
				continue
			}
			dst = append(dst, l.text[from:cuts[0]]...)
			from, cuts = cuts[0], cuts[1:]
			f.values = field.tell(f.values[:0], &l.knowledge)
			dst = f.appendCell(dst, field)
		}
		dst = append(dst, l.text[from:]...)
		dst = append(dst, '\n')
	}
	return dst
}

// appendCell appends the scratch values as one field's column.
func (f *Fields) appendCell(dst []byte, field *FieldInfo) []byte {
	values := f.values
	if len(values) == 0 {
		return dst
	}
	switch f.o.Occurrence {
	case FirstOccurrence:
		values = values[:1]
	case LastOccurrence:
		values = values[len(values)-1:]
	}
	start := len(dst)
	dst = append(dst, f.o.Quote...)
	inside := len(dst)
	for i, v := range values {
		if i > 0 {
			dst = append(dst, f.o.Aggregator...)
		}
		dst = field.AppendValue(dst, v, f.o.Location)
	}
	if len(dst) == inside {
		return dst[:start] // an empty text is shown like none, as tshark does
	}
	if f.o.Quote == "" {
		return dst
	}
	return append(doubleQuotes(dst, inside, f.o.Quote[0]), f.o.Quote...)
}

// doubleQuotes doubles the quotes in what was appended since at, so that captured text cannot end the quotation.
func doubleQuotes(dst []byte, at int, quote byte) []byte {
	for i := at; i < len(dst); i++ {
		if dst[i] == quote {
			dst = append(dst, 0)
			copy(dst[i+1:], dst[i:])
			i++
		}
	}
	return dst
}
