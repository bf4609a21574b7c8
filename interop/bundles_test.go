// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// bundleTypes gives the type of each field of bundles that tshark knows.
var bundleTypes = sync.OnceValues(func() (map[string]string, error) {
	out, err := exec.Command("tshark", "-G", "fields").Output()
	if err != nil {
		return nil, fmt.Errorf("tshark -G fields: %w", err)
	}
	types := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if column := strings.Split(line, "\t"); len(column) > 4 && column[0] == "F" && isBundleField(column[2]) {
			types[column[2]] = column[3]
		}
	}
	if len(types) < 200 {
		return nil, fmt.Errorf("tshark -G fields lists %d fields of bundles", len(types))
	}
	return types, nil
})

func isBundleField(name string) bool {
	protocol, _, _ := strings.Cut(name, ".")
	return protocol == "bundle" || protocol == "bpv7" || protocol == "bpsec"
}

// notOurs are fields that tshark shows and tcpcl-dump does not.
var notOurs = map[string]string{
	"bundle.primary.destschemeoffi32": "the eight offsets into the dictionary say nothing that the endpoint IDs beside them do not say",
	"bundle.primary.destssspoffi32":   "the same", "bundle.primary.srcschemeoffi32": "the same", "bundle.primary.srcsspoffi32": "the same",
	"bundle.primary.rptschemeoffi32": "the same", "bundle.primary.rptsspoffi32": "the same",
	"bundle.primary.custschemeoffi32": "the same", "bundle.primary.custsspoffi32": "the same",
	"bundle.payload.data":    "the payload is not kept, and tshark shows its length only; extract writes it",
	"bpv7.bundle.first_seen": "where a bundle was seen before is in the bundles view", "bpv7.bundle.seen_time_diff": "the same",
	"bpv7.bundle.status_ref": "so is which report speaks of which bundle", "bpv7.status_rep.subj_ref": "the same", "bpv7.status_rep.subj_time_diff": "the same",
}

// bundleExceptions are values of tshark's that are not ours, with the reason.
var bundleExceptions = map[string]string{
	"bpv7":           "tshark's heading of a bundle sums it up in other words than ours",
	"bundle":         "the same",
	"bpv7.admin_rec": "the same for an administrative record",
}

// shownBundle is what a program says of a bundle: the values of each field.
type shownBundle struct {
	flow
	frame  string
	fields map[string][]string
}

// key is all that it says, so that equal ones are found whatever the order of the frames.
func (b *shownBundle) key() string {
	s := b.stream + " " + b.srcport
	for _, name := range slices.Sorted(maps.Keys(b.fields)) {
		s += "\n" + name + " " + strings.Join(b.fields[name], ",")
	}
	return s
}

// TestEveryValueOfTsharksBundlesIsOurs compares all fields of all bundles in the captures, and in the lossless variants in which tshark finds
// them.
func TestEveryValueOfTsharksBundlesIsOurs(t *testing.T) {
	types, err := bundleTypes()
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	values, bundles, captures := 0, 0, 0
	seen := map[string]bool{}
	t.Run("captures", func(t *testing.T) {
		for _, c := range append(plainCaptures(t), tlsCaptures(t)...) {
			if unreadable[c.name] != "" || strings.HasPrefix(c.of, "dtn7-v4-multiseg") {
				continue // what tshark sees there is no transfer
			}
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				theirs, ours := tsharkBundles(t, c, types), dumpBundles(t, c, types)
				n := compareBundles(t, theirs, ours)
				mu.Lock()
				defer mu.Unlock()
				captures++
				bundles += len(theirs)
				values += n
				for _, b := range theirs {
					for name := range b.fields {
						seen[name] = true
					}
				}
			})
		}
	})
	if captures < 60 {
		return // only some were asked for
	}
	for _, list := range []map[string]string{notOurs, bundleExceptions} {
		for name := range list {
			if !seen[name] {
				t.Errorf("tshark never shows %s: the exception is not needed", name)
			}
		}
	}
	t.Logf("%d captures: %d bundles, %d values compared", captures, bundles, values)
	if bundles < 300 || values < 20_000 {
		t.Errorf("only %d bundles with %d values", bundles, values)
	}
}

// TestTheExamplesOfRFC9173 compares those bundles, with integrity and confidentiality blocks, of which no implementation's capture has any. They and
// some others are in the transfers of a capture made for this.
func TestTheExamplesOfRFC9173(t *testing.T) {
	types, err := bundleTypes()
	if err != nil {
		t.Fatal(err)
	}
	c := capture{name: "examples.pcap", of: "examples.pcap", path: "testdata/examples.pcap", port: "4556"}
	theirs := tsharkBundles(t, c, types)
	values := compareBundles(t, theirs, dumpBundles(t, c, types))
	if len(theirs) != 7 || values < 400 {
		t.Errorf("%d bundles with %d values", len(theirs), values)
	}
}

// compareBundles pairs the bundles and returns how many values were compared.
func compareBundles(t *testing.T, theirs, ours []*shownBundle) (values int) {
	t.Helper()
	own := map[string]int{}
	for _, b := range ours {
		for name := range bundleExceptions {
			delete(b.fields, name)
		}
		own[b.key()]++
	}
	if len(theirs) != len(ours) {
		t.Errorf("tshark has %d bundles, ours %d", len(theirs), len(ours))
	}
	for _, b := range theirs {
		compared := &shownBundle{flow: b.flow, frame: b.frame, fields: maps.Clone(b.fields)}
		for name := range b.fields {
			if notOurs[name] != "" || bundleExceptions[name] != "" {
				delete(compared.fields, name)
			}
		}
		key := compared.key()
		if own[key] == 0 {
			t.Errorf("frame %s: no bundle of ours has these values: %s", b.frame, nearest(compared, ours))
			return values
		}
		own[key]--
		for _, v := range compared.fields {
			values += len(v)
		}
	}
	return values
}

// nearest says what differs between a bundle and the one of ours that is most like it.
func nearest(b *shownBundle, ours []*shownBundle) string {
	best := ""
	least := len(b.fields) + 1000
	for _, o := range ours {
		var s []string
		for _, name := range slices.Sorted(maps.Keys(b.fields)) {
			if !slices.Equal(b.fields[name], o.fields[name]) {
				s = append(s, fmt.Sprintf("%s: tshark %q, ours %q", name, b.fields[name], o.fields[name]))
			}
		}
		for name := range o.fields {
			if b.fields[name] == nil {
				s = append(s, fmt.Sprintf("%s: only ours %q", name, o.fields[name]))
			}
		}
		if b.flow != o.flow {
			s = append(s, fmt.Sprintf("%v, ours %v", b.flow, o.flow))
		}
		if len(s) < least {
			least, best = len(s), strings.Join(s, "\n")
		}
	}
	return best
}

// dumpBundles lists the bundles that tcpcl-dump shows.
func dumpBundles(t *testing.T, c capture, types map[string]string) []*shownBundle {
	t.Helper()
	known, err := dumpFields()
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"tcp.stream", "tcp.srcport", "frame.number"}
	for name := range types {
		if known[name] {
			names = append(names, name)
		} else if known[name] && notOurs[name] != "" {
			t.Errorf("%s is ours", name)
		}
	}
	names = append(names, "bpv7", "bundle")
	args := []string{"-T", "fields", "-E", "separator=" + separator, "-E", "aggregator=" + aggregator}
	for _, name := range names {
		args = append(args, "-e", name)
	}
	var all []*shownBundle
	runDump(t, func(r io.Reader) error {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			cells := strings.Split(lines.Text(), separator)
			b := &shownBundle{flow: flow{cells[0], cells[1]}, frame: cells[2], fields: map[string][]string{}}
			for i, cell := range cells[3:] {
				if cell != "" {
					b.fields[names[3+i]] = strings.Split(cell, aggregator)
				}
			}
			// tshark shows the octets of this SDNV, and not its value.
			for i, value := range b.fields[flags6] {
				b.fields[flags6][i] = encoded(t, value)
			}
			if len(b.fields) > 0 {
				all = append(all, b)
			}
		}
		return lines.Err()
	}, append(args, c.input()...)...)
	return all
}

const flags6 = "bundle.primary.processing.control.flag"

// encoded gives the octets of a value's SDNV (RFC 6256) as if they were a number themselves.
func encoded(t *testing.T, value string) string {
	t.Helper()
	v, err := strconv.ParseUint(value, 0, 64)
	if err != nil {
		t.Fatal(err)
	}
	octets, shift := v&0x7f, 8
	for v >>= 7; v > 0; v >>= 7 {
		octets |= (v&0x7f | 0x80) << shift
		shift += 8
	}
	return fmt.Sprintf("0x%016x", octets)
}

// tsharkBundles lists the bundles that tshark shows. What it says of an administrative record stands behind its bundle, as a protocol of its
// own.
func tsharkBundles(t *testing.T, c capture, types map[string]string) []*shownBundle {
	t.Helper()
	var all []*shownBundle
	var at shownBundle
	runTsharkOnce(t, c, func(r io.Reader) error { // with two passes it loses those of frames that hold several messages
		d := xml.NewDecoder(bufio.NewReaderSize(r, 1<<20))
		expert := 0
		for {
			token, err := d.RawToken()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			e, start := token.(xml.StartElement)
			if _, end := token.(xml.EndElement); end && expert > 0 {
				expert--
			}
			if !start {
				continue
			}
			name, show := attribute(e, "name"), attribute(e, "show")
			if expert > 0 || name == "_ws.expert" {
				expert++
				continue
			}
			switch name {
			case "frame.number":
				at.frame = show
			case "tcp.stream":
				at.stream = show
			case "tcp.srcport":
				at.srcport = show
			case "bpv7", "bundle":
				all = append(all, &shownBundle{flow: at.flow, frame: at.frame, fields: map[string][]string{}})
			}
			if isBundleField(name) && len(all) > 0 {
				value := show
				switch types[name] {
				case "FT_NONE":
					value = "1"
				case "FT_PROTOCOL":
					value = attribute(e, "showname")
				case "FT_BYTES":
					value = strings.ReplaceAll(show, ":", "")
				}
				b := all[len(all)-1]
				b.fields[name] = append(b.fields[name], value)
			}
		}
	}, "-Y", "bpv7 or bundle", "-T", "pdml", "-J", "frame tcp bundle bpv7 bpv7.admin_rec bpsec")
	return all
}
