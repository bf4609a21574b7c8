// SPDX-License-Identifier: Apache-2.0

package v4

import "encoding/binary"

// ItemTransferLength is the transfer extension type of the Transfer Length item (RFC 9174 5.2.5.1), which tells the
// transfer's octets in advance:
//
//	+-------+--------+--------+--------------+
//	| flags | 0x0001 | 0x0008 | total length |
//	|  U8   |  U16   |  U16   |     U64      |
//	+-------+--------+--------+--------------+
const ItemTransferLength uint16 = 0x0001

const transferLengthLen = 8

// TransferLength returns the total length in octets that the first well-formed Transfer Length item of a transfer's
// extension list tells; ok says whether there is one.
func TransferLength(l ExtensionList) (total uint64, ok bool) {
	for items := l.Items(); items.Next(); {
		i := items.Item()
		if i.Type == ItemTransferLength && i.Length == transferLengthLen && len(i.Value) == transferLengthLen {
			return binary.BigEndian.Uint64(i.Value), true
		}
	}
	return 0, false
}

// AppendTransferLength appends a Transfer Length item to the list dst.
func AppendTransferLength(dst ExtensionList, flags ItemFlags, total uint64) ExtensionList {
	dst = append(dst, byte(flags))
	dst = binary.BigEndian.AppendUint16(dst, ItemTransferLength)
	dst = binary.BigEndian.AppendUint16(dst, transferLengthLen)
	return binary.BigEndian.AppendUint64(dst, total)
}
