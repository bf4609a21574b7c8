// SPDX-License-Identifier: Apache-2.0

package dissect

import "github.com/dtn-tools/tcpcl/internal/tlsdec"

// Keys are TLS secrets in the NSS key log format. Any number of runs may use them at a time.
type Keys struct{ log *tlsdec.KeyLog }

// NewKeys makes an empty set.
func NewKeys() *Keys { return &Keys{tlsdec.NewKeyLog()} }

// OpenKeys reads a key log file, and what is appended to it when a secret is wanted that it does not have yet.
func OpenKeys(path string) (*Keys, error) {
	log, err := tlsdec.OpenKeyLog(path)
	if err != nil {
		return nil, err
	}
	return &Keys{log}, nil
}

// Add takes the octets of a key log, such as those of a decryption secrets block, and returns how many secrets they gave.
func (k *Keys) Add(text []byte) int { return k.log.Add(text) }

// Last sets what is called once, when a secret is wanted that is not there: it calls Add with all that can be found. Which worker wants it
// first does not matter then. Last is called before a run uses the keys.
func (k *Keys) Last(more func()) { k.log.Last(more) }

// AppendText appends the secrets that were added since a version, 0 being the beginning, as lines of a key log, and returns the version they
// are of.
func (k *Keys) AppendText(dst []byte, since uint64) ([]byte, uint64) {
	return k.log.AppendText(dst, since)
}

// Close closes the file, if there is one; the secrets stay.
func (k *Keys) Close() error { return k.log.Close() }
