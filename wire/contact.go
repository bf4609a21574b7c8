// SPDX-License-Identifier: Apache-2.0

package wire

// Magic begins every contact header (RFC 7242 4.1, RFC 9174 4.2).
const Magic = "dtn!"

// PeekContact reads the five octets that the contact headers of all versions share, the magic and the version, so that
// the caller can choose the codec for what follows:
//
//	+------+------+------+------+---------+
//	| 0x64 | 0x74 | 0x6E | 0x21 | version |
//	+------+------+------+------+---------+
//
// It judges the magic octet by octet: a strict prefix is [ErrShort], the first octet that differs is [BadMagic] however
// few octets follow it. Any version is returned without an error.
func PeekContact(b []byte) (version uint8, err error) {
	for i := range min(len(b), len(Magic)) {
		if b[i] != Magic[i] {
			return 0, &Error{Kind: BadMagic, Offset: i, Value: uint64(b[i])}
		}
	}
	if len(b) <= len(Magic) {
		return 0, ErrShort(len(Magic) + 1 - len(b))
	}
	return b[len(Magic)], nil
}
