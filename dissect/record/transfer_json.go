// SPDX-License-Identifier: Apache-2.0

package record

import "slices"

// AppendJSON appends the transfer as one JSON object without line end. Times and frames that are not known are null.
func (t *Transfer) AppendJSON(dst []byte) []byte {
	dst = slices.Grow(dst, 900)
	dst = append(dst, `{"record":"transfer","session":`...)
	frame, time := t.last()
	dst = appendOrigin(dst, t.Session, frame, time, t.From)
	dst = append(dst, `","version":`...)
	dst = appendUint(dst, uint64(t.Version))
	dst = append(dst, `,"length":`...)
	dst = appendUint(dst, t.Length)
	dst = appendAddresses(dst, t.Src, t.Dst)
	if t.Version == 3 {
		dst = append(dst, `","transfer_id":null,"implied_transfer_id":`...)
		dst = appendUint(dst, t.ImpliedTransferID)
	} else {
		dst = append(dst, `","transfer_id":`...)
		dst = appendUint(dst, t.TransferID)
	}
	dst = append(dst, `,"state":"`...)
	dst = append(dst, t.State.String()...)
	dst = append(dst, `","segments":`...)
	dst = appendUint(dst, t.Segments)
	dst = append(dst, `,"acked_length":`...)
	dst = appendUint(dst, t.AckedLength)
	dst = append(dst, `,"start_time":`...)
	dst = appendTimeOrNull(dst, t.StartTime)
	dst = append(dst, `,"end_time":`...)
	dst = appendTimeOrNull(dst, t.EndTime)
	dst = append(dst, `,"ack_time":`...)
	dst = appendTimeOrNull(dst, t.AckTime)
	if len(t.SHA256) > 0 {
		dst = append(dst, `,"sha256":"`...)
		dst = appendHex(dst, t.SHA256)
		dst = append(dst, '"')
	}
	dst = append(dst, `,"bundle":`...)
	dst = t.Bundle.appendSummary(dst)
	dst = append(dst, `,"serial":`...)
	dst = appendUint(dst, uint64(t.Serial))
	if t.HasTotalLength {
		dst = append(dst, `,"total_length":`...)
		dst = appendUint(dst, t.TotalLength)
	}
	dst = append(dst, `,"missed_octets":`...)
	dst = appendUint(dst, t.MissedOctets)
	dst = append(dst, `,"acks":`...)
	dst = appendUint(dst, t.Acks)
	dst = append(dst, `,"start_frame":`...)
	dst = appendFrameOrNull(dst, t.StartFrame)
	dst = append(dst, `,"end_frame":`...)
	dst = appendFrameOrNull(dst, t.EndFrame)
	if t.HasReason {
		dst = append(dst, `,"reason":`...)
		dst = appendCode(dst, t.Reason)
	}
	return append(dst, '}')
}

// last is the transfer's own place in the capture: where its last octet is, or where it began if that octet never came.
func (t *Transfer) last() (frame uint64, time int64) {
	if t.EndFrame != 0 {
		return t.EndFrame, t.EndTime
	}
	return t.StartFrame, t.StartTime
}

func appendTimeOrNull(dst []byte, ns int64) []byte {
	if ns == 0 {
		return append(dst, "null"...)
	}
	dst = append(dst, '"')
	dst = AppendTime(dst, ns)
	return append(dst, '"')
}

func appendFrameOrNull(dst []byte, frame uint64) []byte {
	if frame == 0 {
		return append(dst, "null"...)
	}
	return appendUint(dst, frame)
}
