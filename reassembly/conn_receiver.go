// SPDX-License-Identifier: Apache-2.0

package reassembly

import "fmt"

// Side is one of the two ends of a connection and the stream that it sends. SideA sent the first captured packet.
type Side uint8

const (
	SideA Side = iota
	SideB
)

// Other is the opposite side.
func (s Side) Other() Side { return s ^ 1 }

func (s Side) String() string {
	switch s {
	case SideA:
		return "A"
	case SideB:
		return "B"
	}
	return fmt.Sprintf("Side(%d)", uint8(s))
}

// Receiver takes what the two streams of a connection turn out to be. The calls for one side tile its stream: every Data
// and Gap begins where the one before ended. They come out of Conn.Push, Conn.Close and Assembler.Tick, and, when the
// memory budget is used up, out of a Push of another connection of the same Assembler. A Receiver may call Conn.Ignore of
// its own connection and nothing else that changes a connection.
type Receiver interface {
	// Data hands over the next octets of a side. c.Data is borrowed until the call returns.
	Data(side Side, c Chunk)
	// Gap says that the next octets of a side are not going to come.
	Gap(side Side, g Gap)
	// End says that a side's stream is over. It comes once for each side, at the latest before Closed.
	End(side Side, e End)
	// Closed comes once, with the connection's last packet; no call follows. After Conn.Ignore it is the only one.
	Closed(frame uint64, time int64)
}

// Chunk is a run of octets that one packet carried. Offset counts from the octet that follows the SYN, or from the first
// octet captured where no SYN was.
type Chunk struct {
	Offset uint64
	Data   []byte
	Frame  uint64
	Time   int64
}

// Gap is a run of octets that will not be delivered. Frame and Time are those of the packet that settled it, Next and NextTime
// those of the one with which the stream goes on: that which the snap length cut, where it did; where none has come yet,
// they are as Frame and Time.
type Gap struct {
	Offset   uint64
	Length   uint64
	Cause    GapCause
	Frame    uint64
	Time     int64
	Next     uint64
	NextTime int64
}

// GapCause says what is known about the octets of a Gap.
type GapCause uint8

const (
	GapLost      GapCause = iota + 1 // the peer acknowledged them: it got them, the capture did not
	GapUnseen                        // neither seen nor acknowledged
	GapTruncated                     // on the wire, but the snap length cut them off
	GapMidStream                     // of no length, at offset 0: the stream began before the capture
	GapMemory                        // given up because the memory for what came behind them was used up
)

var gapCauseNames = [...]string{GapLost: "lost", GapUnseen: "unseen", GapTruncated: "truncated", GapMidStream: "mid-stream", GapMemory: "memory"}

func (c GapCause) String() string { return nameOr("GapCause", uint8(c), gapCauseNames[:]) }

// End is the end of one side's stream, behind Offset octets. Frame and Time are those of the packet with the FIN or RST,
// or of the connection's last one.
type End struct {
	Cause  EndCause
	Offset uint64
	Frame  uint64
	Time   int64
}

// EndCause says how a stream ended.
type EndCause uint8

const (
	EndFin      EndCause = iota + 1 // FIN: all octets before it were delivered, or reported as a Gap
	EndReset                        // RST by either side
	EndReleased                     // neither was seen; the Table let the connection go
)

var endCauseNames = [...]string{EndFin: "fin", EndReset: "reset", EndReleased: "released"}

func (c EndCause) String() string { return nameOr("EndCause", uint8(c), endCauseNames[:]) }

// Stats counts what happened to one side's stream, in octets of payload. Data and Gap octets together are Octets + Missed.
type Stats struct {
	Octets        uint64 // delivered
	Missed        uint64 // in Gaps
	Retransmitted uint64 // came again after they had come
	Conflicting   uint64 // came again and differed from what came first, which counts. Where what came first had been delivered, a differing checksum counts the whole repetition
	Stray         uint64 // cannot belong to the stream: beyond its end, before its start, or out of all relation
	OutOfOrder    uint64 // came before octets that precede them
	ConflictFrame uint64 // the first packet with Conflicting octets; 0: none
	FinFrame      uint64 // the packet with this side's FIN; 0: none
	ResetFrame    uint64 // the packet with this side's RST; 0: none
}

func nameOr(kind string, v uint8, names []string) string {
	if int(v) < len(names) && names[v] != "" {
		return names[v]
	}
	return fmt.Sprintf("%s(%#x)", kind, v)
}
