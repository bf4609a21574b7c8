// SPDX-License-Identifier: Apache-2.0

package record

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

const schemaFile = "../../docs/records.schema.json"

// schema validates records; keys are each kind's keys in the schema's order.
type schema struct {
	compiled *jsonschema.Schema
	keys     map[string][]string
}

func loadSchema(t *testing.T) schema {
	t.Helper()
	octets, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var s schema
	if s.compiled, err = jsonschema.NewCompiler().Compile(schemaFile); err != nil {
		t.Fatal(err)
	}
	var parsed struct {
		Defs map[string]struct{ Properties json.RawMessage } `json:"$defs"`
	}
	if err := json.Unmarshal(octets, &parsed); err != nil {
		t.Fatal(err)
	}
	s.keys = map[string][]string{}
	for kind, def := range parsed.Defs {
		if def.Properties != nil {
			s.keys[kind] = keysOf(t, def.Properties)
		}
	}
	return s
}

// keysOf gives the keys of a JSON object in the order in which they are written, repeated ones too.
func keysOf(t rapid.TB, object []byte) (keys []string) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(object))
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		t.Fatalf("not an object (%v): %s", err, object)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key.(string))
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatalf("%v in %s", err, object)
		}
		noKeyTwice(t, value)
	}
	return keys
}

func noKeyTwice(t rapid.TB, value json.RawMessage) {
	t.Helper()
	switch value[0] {
	case '{':
		keys := keysOf(t, value)
		if slices.Sort(keys); len(slices.Compact(slices.Clone(keys))) != len(keys) {
			t.Fatalf("a key is there twice: %v in %s", keys, value)
		}
	case '[':
		var list []json.RawMessage
		if err := json.Unmarshal(value, &list); err != nil {
			t.Fatal(err)
		}
		for _, v := range list {
			noKeyTwice(t, v)
		}
	}
}

// check fails unless the record is one line of UTF-8 that obeys the schema, has no key twice and its keys in order.
func (s schema) check(t rapid.TB, record []byte) {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(record))
	if err != nil {
		t.Fatalf("%v\n%s", err, record)
	}
	if err := s.compiled.Validate(value); err != nil {
		t.Fatalf("%v\n%s", err, record)
	}
	if !utf8.Valid(record) || bytes.ContainsAny(record, "\n\r\x1b\u009b\u202e") {
		t.Fatalf("not safe to show: %q", record)
	}
	noKeyTwice(t, record)
	order := s.keys[value.(map[string]any)["record"].(string)]
	at := -1
	for _, key := range keysOf(t, record) {
		next := slices.Index(order, key)
		if next <= at {
			t.Fatalf("%q is out of order in %s", key, record)
		}
		at = next
	}
}

func TestHandMadeRecordsObeyTheSchema(t *testing.T) {
	s := loadSchema(t)
	for _, r := range samples() {
		s.check(t, r.AppendJSON(nil))
	}
}

func TestRandomRecordsObeyTheSchema(t *testing.T) {
	s := loadSchema(t)
	rapid.Check(t, func(t *rapid.T) {
		s.check(t, randomMessage().Draw(t, "message").AppendJSON(nil))
		s.check(t, randomTransfer().Draw(t, "transfer").AppendJSON(nil))
		s.check(t, randomSession().Draw(t, "session").AppendJSON(nil))
		s.check(t, randomBundle().Draw(t, "bundle").AppendJSON(nil))
	})
}

func TestTheSchemaRefusesWhatIsNotARecord(t *testing.T) {
	s := loadSchema(t)
	good := string(xferSegment().AppendJSON(nil))
	for name, change := range map[string][2]string{
		"an unknown key":             {`"length":`, `"size":1,"length":`},
		"another kind":               {`"record":"message"`, `"record":"packet"`},
		"a time without nanoseconds": {`.504972000Z`, `Z`},
		"a number as a string":       {`"transfer_id":1`, `"transfer_id":"1"`},
		"upper-case hex":             {`fa"`, `FA"`},
		"captured without cut_short": {`"encrypted":`, `"captured":1,"encrypted":`},
		"no session":                 {`"session":1,`, ``},
	} {
		bad := bytes.Replace([]byte(good), []byte(change[0]), []byte(change[1]), 1)
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(bad))
		if err != nil || string(bad) == good {
			t.Fatalf("%s: %v: %s", name, err, bad)
		}
		if s.compiled.Validate(value) == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestCutShortMessagesHaveTheKeysOfMessagesAndCaptured(t *testing.T) {
	keys := loadSchema(t).keys
	cut := slices.DeleteFunc(slices.Clone(keys["cut_short"]), func(k string) bool { return k == "captured" })
	if diff := cmp.Diff(keys["message"], cut); diff != "" {
		t.Error(diff)
	}
	if len(cut) == len(keys["cut_short"]) {
		t.Error("captured is missing")
	}
}

// decoded reads a record back, numbers as they are written.
func decoded(t rapid.TB, octets []byte) (value map[string]any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(octets))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		t.Fatalf("%v: %s", err, octets)
	}
	return value
}

func rfc3339(ns int64) string { return time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000000000Z") }

// expected is a message as encoding/json would have it, built the slow and obvious way.
func expected(m *Message) map[string]any {
	want := map[string]any{"record": "message", "session": m.Session, "frame": m.Frame, "time": rfc3339(m.Time),
		"from": m.From.String(), "version": m.Version, "type": m.Type, "length": m.Length, "stream_offset": m.StreamOffset,
		"src": m.Src, "dst": m.Dst, "encrypted": m.Encrypted}
	code := func(c Code) any { return map[string]any{"code": c.Code, "name": c.Name} }
	set := func(has bool, key string, value any) {
		if has {
			want[key] = value
		}
	}
	set(m.CutShort, "record", "cut_short")
	set(m.CutShort, "captured", m.Captured)
	set(m.Has&HasFlags != 0, "flags", append([]string{}, m.FlagNames...))
	set(m.Has&HasTransferID != 0, "transfer_id", m.TransferID)
	set(m.Has&HasImpliedTransferID != 0, "implied_transfer_id", m.ImpliedTransferID)
	set(m.Has&HasDataLength != 0, "data_length", m.DataLength)
	set(m.Has&HasAckLength != 0, "ack_length", m.AckLength)
	set(m.Has&HasTotalLength != 0, "total_length", m.TotalLength)
	set(m.Has&HasReason != 0, "reason", code(m.Reason))
	set(m.Has&HasKeepalive != 0, "keepalive", m.Keepalive)
	set(m.Has&HasSegmentMRU != 0, "segment_mru", m.SegmentMRU)
	set(m.Has&HasTransferMRU != 0, "transfer_mru", m.TransferMRU)
	set(m.Has&HasNodeID != 0, "node_id", string(m.NodeID))
	set(m.Has&HasNodeID != 0 && !utf8.Valid(m.NodeID), "node_id_hex", hex.EncodeToString(m.NodeID))
	set(m.Has&HasRejectedType != 0, "rejected_type", code(m.RejectedType))
	set(m.Has&HasDelay != 0, "delay", m.Delay)
	set(m.Has&HasTransferOctets != 0, "transfer_octets", m.TransferOctets)
	set(m.Has&HasTransferTotal != 0, "transfer_total", m.TransferTotal)
	set(m.Has&HasAckLatency != 0, "ack_latency", json.Number(AppendSeconds(nil, m.AckLatency)))
	set(m.Has&HasAckLatency != 0, "acked_frame", m.AckedFrame)
	set(m.Has&HasResync != 0, "resync", map[string]any{"by": m.Resync, "bits": m.ResyncBits})
	set(m.FirstFrame != m.Frame, "first_frame", m.FirstFrame)
	set(m.Type == "UNKNOWN", "header", m.Header)
	set(m.MissedOctets > 0, "missed_octets", m.MissedOctets)
	set(len(m.Quirks) > 0, "quirks", m.Quirks)
	set(len(m.Octets) > 0, "octets", hex.EncodeToString(m.Octets))
	items := []any{}
	for _, e := range m.Extensions {
		item := map[string]any{"type": e.Type, "name": e.Name, "critical": e.Critical, "length": e.Length,
			"value": hex.EncodeToString(e.Value)}
		if e.Flags&0xfe != 0 {
			item["reserved_flags"] = e.Flags & 0xfe
		}
		items = append(items, item)
	}
	set(m.Has&HasExtensions != 0, "extensions", items)
	set(m.Has&HasExtensions != 0, "extensions_length", m.ExtensionsLength)
	return want
}

func TestMessagesReadBackWithEveryValue(t *testing.T) {
	check := func(t rapid.TB, m *Message) {
		t.Helper()
		want, err := json.Marshal(expected(m))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(decoded(t, want), decoded(t, m.AppendJSON(nil))); diff != "" {
			t.Fatal(diff)
		}
	}
	for _, r := range samples() {
		if m, ok := r.(*Message); ok {
			check(t, m)
		}
	}
	rapid.Check(t, func(t *rapid.T) { check(t, randomMessage().Draw(t, "message")) })
}

func TestEncodersAppendBehindWhatIsThere(t *testing.T) {
	for _, r := range samples() {
		for room := range 64 {
			dst := append(make([]byte, 0, 4+room*16), "abc\n"...)
			if got := r.AppendJSON(dst); string(got) != "abc\n"+string(r.AppendJSON(nil)) {
				t.Fatalf("%T with room for %d octets: %s", r, room*16, got)
			}
		}
	}
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "dtn://node-a/", "ipn:1.0", "a\"b\\c\n\t\r\x00\x7f\x1f", "\xff\xc3", "\u202e\u009b\u2028😀", "sevench\x7f",
		"eight88\"", "nine99999\\", "0123456\x800123456"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got, want string
		octets := AppendString(nil, s)
		if err := json.Unmarshal(octets, &got); err != nil {
			t.Fatalf("%v: %q", err, octets)
		}
		reference, _ := json.Marshal(s)
		if err := json.Unmarshal(reference, &want); err != nil || got != want {
			t.Fatalf("got %q, want %q (%v)", got, want, err)
		}
		for _, r := range string(octets) {
			if r < 0x20 || r >= 0x7f && steersTerminal(r) {
				t.Fatalf("%q is not safe to show", octets)
			}
		}
		if plain := string(octets) == `"`+s+`"`; isPlain(s) && !plain {
			t.Fatalf("%q is not plain", s)
		}
	})
}
