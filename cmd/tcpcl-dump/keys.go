// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/internal/capture"
)

// keyLogs are the files of TLS secrets that were named.
type keyLogs []string

// register adds the flags: --keylog, and -o with tshark's preference.
func (k *keyLogs) register(f *pflag.FlagSet) {
	f.StringArrayVar((*[]string)(k), "keylog", nil, "decrypt TLS with the secrets in `FILE`, an NSS key log (repeatable)")
	f.VarP((*preference)(k), "preference", "o", "the same, as tshark has it")
}

// preference is the flag -o.
type preference keyLogs

func (p *preference) String() string { return "" }

func (p *preference) Type() string { return "tls.keylog_file:FILE" }

func (p *preference) Set(s string) error {
	file, ok := strings.CutPrefix(s, "tls.keylog_file:")
	if !ok || file == "" {
		return fmt.Errorf("%q is none of the preferences known here: tls.keylog_file:FILE", s)
	}
	*p = append(*p, file)
	return nil
}

// open reads the key logs. The first one is followed where it grows. Secrets of the captures are added as they are read, and all of
// them when one is missing; interfaces (timeline nil) bring none.
func (k keyLogs) open(timeline *capture.Timeline, files []string) (*dissect.Keys, error) {
	keys := dissect.NewKeys()
	for i, name := range k {
		if i == 0 {
			followed, err := dissect.OpenKeys(name)
			if err != nil {
				return nil, unreadableKeys(name, err)
			}
			keys = followed
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			keys.Close()
			return nil, unreadableKeys(name, err)
		}
		keys.Add(text)
	}
	add := func(s capture.Secret) {
		if s.Type == capture.SecretTLSKeyLog {
			keys.Add(s.Data)
		}
	}
	if timeline == nil {
		return keys, nil
	}
	timeline.OnSecret = add
	keys.Last(func() { capture.EverySecret(files, add) }) // some writers put them behind the packets
	return keys, nil
}

func unreadableKeys(name string, err error) error {
	return fmt.Errorf("%s: the key log cannot be read: %w", name, withoutPath(err))
}

// noteMissingKeys says of which sessions the keys are missing, of all or only of some.
func noteMissingKeys(w io.Writer, sum *dissect.Summary, only []int) {
	for _, m := range sum.MissingKeys {
		if len(only) > 0 && !slices.Contains(only, m.Session) {
			continue
		}
		random := fmt.Sprintf("client random %x", m.ClientRandom)
		if !m.Known {
			random = "its ClientHello was not captured"
		}
		fmt.Fprintf(w, "tcpcl-dump: session %d is encrypted with TLS, and no key log has its secrets (%s); give --keylog FILE\n", m.Session, random)
	}
	if more := sum.Undecrypted - len(sum.MissingKeys); more > 0 && len(only) == 0 {
		fmt.Fprintf(w, "tcpcl-dump: so are %d more sessions\n", more)
	}
}

// securityKeys are the files of keys for BPSec that were named.
type securityKeys []string

// open reads them; nil where none was named.
func (k securityKeys) open() (*dissect.SecurityKeys, error) {
	if len(k) == 0 {
		return nil, nil
	}
	keys := new(dissect.SecurityKeys)
	for _, name := range k {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("%s: the keys cannot be read: %w", name, withoutPath(err))
		}
		if err := keys.Add(text); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return keys, nil
}
