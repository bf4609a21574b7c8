// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
)

// row is a record as the formats for machines write it.
type row interface {
	AppendJSON([]byte) []byte
	AppendCSV([]byte) []byte
	AppendCSVHeader([]byte) []byte
}

// rowFormat gives the function that appends a record in one of the formats for machines.
func rowFormat(format string) func([]byte, row) []byte {
	switch format {
	case "json":
		return func(dst []byte, r row) []byte { return r.AppendJSON(append(dst, arrayComma...)) }
	case "ndjson":
		return func(dst []byte, r row) []byte { return append(r.AppendJSON(dst), '\n') }
	case "csv":
		return func(dst []byte, r row) []byte { return append(r.AppendCSV(dst), '\n') }
	}
	return nil
}

// header writes the names of the columns where the format has them.
func (v *view) header(out *results, r row) error {
	if v.format.value != "csv" {
		return nil
	}
	_, err := out.Write(append(r.AppendCSVHeader(nil), '\n'))
	return err
}

// rows writes records as they come.
type rows struct {
	deaf
	out *dissect.Output
	add func([]byte, row) []byte
}

func (r *rows) write(what row) {
	r.out.Buf = r.add(r.out.Buf, what)
	r.out.End()
}

// messageRows writes messages, gaps and what TLS said.
type messageRows struct{ rows }

func (r *messageRows) Message(m *record.Message) { r.write(m) }

func (r *messageRows) Gap(g *record.Gap) { r.write(g) }

func (r *messageRows) TLS(t *record.TLS) { r.write(t) }

// sessionRows writes sessions.
type sessionRows struct{ rows }

func (r *sessionRows) Session(s *record.Session) { r.write(s) }

// transferRows writes transfers.
type transferRows struct{ rows }

func (r *transferRows) Transfer(t *record.Transfer) { r.write(t) }
