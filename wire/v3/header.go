// SPDX-License-Identifier: Apache-2.0

package v3

import (
	"errors"

	"github.com/dtn-tools/tcpcl/wire"
	"github.com/dtn-tools/tcpcl/wire/sdnv"
)

// lowNibble is the part of the header octet that is not the type.
const lowNibble = 0x0f

// header makes the header octet; low is a message's flags or its reason.
func header(t MessageType, low uint8) byte { return byte(t)<<4 | low&lowNibble }

// parseNumber reads a message that is a header octet and an SDNV.
func parseNumber(b []byte) (low uint8, v uint64, n int, err error) {
	if len(b) < 2 {
		return 0, 0, 0, wire.ErrShort(2 - len(b))
	}
	if v, n, err = sdnv.Parse(b[1:]); err != nil {
		return 0, 0, 0, shifted(err, 1)
	}
	return b[0] & lowNibble, v, 1 + n, nil
}

// parseSDNV reads the SDNV at offset at of b, which may be its end, and returns the offset of what follows it.
func parseSDNV(b []byte, at int) (v uint64, next int, err error) {
	v, n, err := sdnv.Parse(b[at:])
	if err != nil {
		return 0, 0, shifted(err, at)
	}
	return v, at + n, nil
}

// shifted makes the offset of a parser's error count from by octets earlier than the parser began.
func shifted(err error, by int) error {
	if e, ok := errors.AsType[*wire.Error](err); ok {
		e.Offset += by
	}
	return err
}
