// SPDX-License-Identifier: Apache-2.0

package dissect_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dtn-tools/tcpcl/dissect"
)

// The keys of RFC 9173's examples.
const (
	hmacKey = "1a2b1a2b1a2b1a2b1a2b1a2b1a2b1a2b"
	aesKey  = "71776572747975696f70617364666768"
)

// secured lists the security operations of the examples of RFC 9173, as a run with the keys sees them: "bundle: target by block, source, state".
func secured(t *testing.T, keys string) []string {
	t.Helper()
	o := dissect.Options{}
	if keys != "" {
		o.Security = new(dissect.SecurityKeys)
		if err := o.Security.Add([]byte(keys)); err != nil {
			t.Fatal(err)
		}
	}
	o.Want = dissect.Bundles | dissect.BundleList
	got, _, err := run(t, o, "../interop/testdata/examples.pcap")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for i, b := range got.bundles {
		for _, s := range b.Security {
			list = append(list, fmt.Sprintf("%d: %s of %d by %d, %s, %s", i+1, s.Kind(), s.Target, s.Block, s.Source, s.State))
		}
	}
	return list
}

func TestSecurityBlocksAreCheckedAndDecryptedWithTheKeysGiven(t *testing.T) {
	all := []string{"1: integrity of 1 by 2, ipn:2.1, verified", "2: confidentiality of 1 by 2, ipn:2.1, decrypted",
		"3: confidentiality of 1 by 4, ipn:2.1, decrypted", "3: integrity of 0 by 3, ipn:3.0, verified", "3: integrity of 2 by 3, ipn:3.0, verified",
		"4: confidentiality of 3 by 2, ipn:2.1, decrypted", "4: confidentiality of 1 by 2, ipn:2.1, decrypted", "4: integrity of 1 by 3, ipn:2.1, verified"}
	keys := "# keys of the examples\n\n* " + hmacKey + "\n*\t" + aesKey + "\n* " + aesKey + aesKey + "\r\n* 6162636465666768696a6b6c6d6e6f70\n"
	if got := secured(t, keys); !slices.Equal(got, all) {
		t.Errorf("%q\nwant %q", got, all)
	}
	state := func(list []string, state string) (n int) {
		for _, s := range list {
			if strings.HasSuffix(s, state) {
				n++
			}
		}
		return n
	}
	if got := secured(t, ""); len(got) != 7 || state(got, "unchecked") != 7 { // the encrypted BIB cannot be read
		t.Errorf("without keys: %q", got)
	}
	if got := secured(t, "* "+strings.Repeat("00", 16)+"\n* "+strings.Repeat("00", 32)); len(got) != 7 || state(got, "failed") != 7 {
		t.Errorf("with other keys: %q", got)
	}
	if got := secured(t, "ipn:3.0 "+hmacKey); state(got, "verified") != 2 || state(got, "unchecked") != 5 {
		t.Errorf("with the key of one source: %q", got)
	}
}

func TestMistakesInAFileOfKeysAreToldWithTheirLine(t *testing.T) {
	for text, want := range map[string]string{"* 00\nipn:1.1\n": "line 2: a security source and a key in hexadecimal are needed", "* 0g": "line 1: the key is not hexadecimal",
		"\n* 00 11": "line 2: a security source and a key in hexadecimal are needed"} {
		if err := new(dissect.SecurityKeys).Add([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Bundles that are kept for their security blocks take no more than a part of the memory budget, and what is over it is unchecked.
func TestBundlesKeptForTheirSecurityBlocksStayWithinTheBudget(t *testing.T) {
	o := dissect.Options{Security: new(dissect.SecurityKeys), MaxMemory: 600}
	if err := o.Security.Add([]byte("* " + hmacKey)); err != nil {
		t.Fatal(err)
	}
	got, _, err := run(t, o, "../interop/testdata/examples.pcap")
	if err != nil || len(got.bundles) != 7 {
		t.Fatalf("%d bundles, %v", len(got.bundles), err)
	}
	if s := got.bundles[0].Security; len(s) != 1 || s[0].State != "unchecked" {
		t.Errorf("%+v", s)
	}
	o.MaxMemory = 4 * 200 // the first bundle has 165 octets; it is let go before the next one comes
	if got, _, _ = run(t, o, "../interop/testdata/examples.pcap"); got.bundles[0].Security[0].State != "verified" {
		t.Errorf("%+v", got.bundles[0].Security)
	}
}
