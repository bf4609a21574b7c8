// SPDX-License-Identifier: Apache-2.0

// Package record defines what the dissector tells: messages, gaps, transfers and sessions as plain values, and their
// encoding as JSON. It is the one vocabulary of every view, filter, export and API. It imports nothing of the project.
//
// Records handed to a sink are borrowed: they, their slices and the octets those point to are valid until the sink's method
// returns. Strings may be kept.
package record

// From says who sent something (cli.md): the opener of the TCP connection is active. Where the capture does not show who
// opened it, A is the sender of the connection's first captured packet and B the other one.
type From uint8

const (
	Active From = iota
	Passive
	A
	B
)

var froms = [...]string{"active", "passive", "a", "b"}

func (f From) String() string { return froms[f&3] }

// Fields says which of a Message's optional values are there.
type Fields uint32

const (
	HasFlags             Fields = 1 << iota // Flags, FlagNames
	HasTransferID                           // TransferID
	HasImpliedTransferID                    // ImpliedTransferID (TCPCLv3 counts its transfers)
	HasDataLength                           // DataLength
	HasAckLength                            // AckLength
	HasTotalLength                          // TotalLength
	HasReason                               // Reason
	HasKeepalive                            // Keepalive
	HasSegmentMRU                           // SegmentMRU
	HasTransferMRU                          // TransferMRU
	HasNodeID                               // NodeID
	HasExtensions                           // Extensions, ExtensionsLength
	HasRejectedType                         // RejectedType
	HasDelay                                // Delay
	HasTransferOctets                       // TransferOctets
	HasTransferTotal                        // TransferTotal
	HasAckLatency                           // AckLatency, AckedFrame
	HasResync                               // Resync, ResyncBits
	HasTransferStart                        // TransferStartFrame, TransferStartTime
	HasAnnouncedTotal                       // TransferTotal was announced, not only learned from the end of the transfer
)

// Message is one TCPCL message, or (CutShort) the beginning of one whose end the capture does not hold.
type Message struct {
	Session    int    // number of the TCP connection, from 1, in order of first packet
	Frame      uint64 // holds the last octet
	FirstFrame uint64 // holds the first octet
	Time       int64  // of Frame, ns since the epoch
	FirstTime  int64  // of FirstFrame
	From       From
	Src, Dst   string // "127.0.0.1:4556", "[::1]:4556"

	Version      uint8  // 3 or 4; in a CONTACT_HEADER the version the header names
	Type         string // the RFC's name, or UNKNOWN
	Header       uint8  // the message header octet ('d' of a contact header)
	Length       uint64 // octets on the wire, data included
	HeaderLength uint64 // octets before the data of a segment; Length for all other messages
	StreamOffset uint64 // of the first octet, in this direction's stream, counted from the first octet after the SYN
	Encrypted    bool   // it came out of TLS
	CutShort     bool   // the stream ended inside it: Captured octets of Length are there
	Captured     uint64 // octets seen of it, where CutShort
	MissedOctets uint64 // octets inside it that the capture lost
	Quirks       []string
	Octets       []byte // the message as on the wire, as far as the sink asked to keep it; nil otherwise

	Has               Fields
	Flags             uint8
	FlagNames         []string // names of the bits set in Flags; unassigned ones as "0x40"
	TransferID        uint64
	ImpliedTransferID uint64 // per sender, from 1
	DataLength        uint64
	AckLength         uint64
	TotalLength       uint64 // announced: v4 Transfer Length item, v3 LENGTH
	Reason            Code
	Keepalive         uint16 // seconds
	SegmentMRU        uint64
	TransferMRU       uint64
	NodeID            []byte // as on the wire, not necessarily UTF-8
	ExtensionsLength  uint32
	Extensions        []Extension
	RejectedType      Code
	Delay             uint64 // v3 SHUTDOWN reconnection delay, seconds

	TransferOctets uint64 // data octets of the transfer up to and including this segment or acknowledged by this ack
	TransferTotal  uint64 // total length of the transfer where it is known by now
	AckLatency     int64  // ns from the last octet of the segment acknowledged to this ack
	AckedFrame     uint64 // the frame of that segment's last octet; in a refusal that of the transfer's last segment seen, 0 where none was
	Resync         string // how decoding found this message after missed octets: "chain", "magic"
	ResyncBits     int    // how sure: random octets look like this with probability 2^-ResyncBits

	Bundle *Bundle // that this segment completes, where asked for; its Transfer and SHA256 mean nothing

	CaptureStart       int64  // time of the first frame of the capture, ns since the epoch; what relative times count from
	TransferStartFrame uint64 // holds the last octet of the segment that began the transfer; in segments, acks and refusals
	TransferStartTime  int64  // of TransferStartFrame
}

// Code is a code point and the registry's name for it; Name is "unassigned", "private" or "reserved" where it has none.
type Code struct {
	Code uint8
	Name string
}

// Extension is one session or transfer extension item of TCPCLv4.
type Extension struct {
	Type     uint16
	Name     string
	Flags    uint8
	Critical bool
	Length   uint16 // as announced; more than len(Value) where the item overruns its list
	Value    []byte
}

// Gap tells of octets of a stream that the capture does not hold, or (Skipped) holds but could not be decoded.
type Gap struct {
	Session      int
	Frame        uint64 // whose arrival settled it
	Time         int64
	CaptureStart int64 // time of the first frame of the capture, ns since the epoch
	From         From
	Src, Dst     string
	StreamOffset uint64
	Length       uint64 // 0: it is not known how much is missing (capture began or ended in mid-stream)
	Cause        string // one of the Gap causes
}

// Causes of gaps.
const (
	GapLost      = "lost"      // the other side acknowledged the octets: sent and received, not captured
	GapUnseen    = "unseen"    // never seen and never acknowledged: the connection or the capture ended first
	GapTruncated = "truncated" // cut off by the snap length
	GapMidStream = "midstream" // the capture began after the stream did
	GapUndecoded = "undecoded" // captured, but no message boundary was found in them
	GapMemory    = "memory"    // given up because the memory budget was used up
)

// Transfer is one bundle's way over a session.
type Transfer struct {
	Session           int
	From              From // the sender of the data
	Src, Dst          string
	Version           uint8
	TransferID        uint64 // v4 only
	ImpliedTransferID uint64 // v3 only
	Serial            int    // number of the transfer among those of its sender in this session, from 1
	State             TransferState
	Length            uint64 // data octets, missed ones included
	TotalLength       uint64 // announced
	HasTotalLength    bool
	MissedOctets      uint64
	Segments          uint64
	AckedLength       uint64
	Acks              uint64
	StartFrame        uint64
	EndFrame          uint64
	StartTime         int64
	EndTime           int64 // of the END segment's last octet; 0 where it never came
	AckTime           int64 // of the ack of the whole; 0 where it never came
	Reason            Code  // of the refusal, where State is refused
	HasReason         bool
	SHA256            []byte  // of the data, where complete and asked for
	Bundle            *Bundle // what the data are, as far as they are there, where asked for; its Transfer is this one
	User              any     // the sink's own, kept from the first Data call to the Transfer call
}

// Timing is how long the acknowledgements took that one frame brought, or when a KEEPALIVE came: what statistics need of messages that they do not
// look at otherwise.
type Timing struct {
	Session       int
	From          From  // the sender of the data acknowledged, or of the KEEPALIVE
	Time          int64 // of the acknowledgements or the KEEPALIVE
	Keepalive     bool
	AckLatencies  []int64 // ns from the last octet of the segment acknowledged, one for each acknowledgement
	TransferTimes []int64 // ns from the first octet of a transfer, one for each of which the whole was acknowledged
}

type TransferState uint8

const (
	Incomplete TransferState = iota
	Complete
	Refused
)

var transferStates = [...]string{"incomplete", "complete", "refused"}

func (s TransferState) String() string {
	if int(s) < len(transferStates) {
		return transferStates[s]
	}
	return transferStates[Incomplete]
}

// Session is one TCPCL session, told when it ended or the capture did.
type Session struct {
	Session        int
	Client, Server string // "addr:port"; A and B where the opener was not seen
	OpenerSeen     bool
	Version        uint8
	State          string // how far it got: see the SessionState constants
	End            string // how it ended: "", "sess_term", "shutdown", "fin", "reset", "evicted"
	TLS            string // "none", "encrypted", "decrypted", "partly" where some of the data could not be decrypted
	TLSVersion     string // chosen, as far as it could be read; so the next two
	CipherSuite    string
	ServerName     string
	Peers          [2]Peer // active (or a), passive (or b)
	Keepalive      uint16  // negotiated, seconds; HasKeepalive when both sides' values were seen
	HasKeepalive   bool
	FirstFrame     uint64
	LastFrame      uint64
	FirstTime      int64
	LastTime       int64
	MissedOctets   uint64
	History        string // one letter a message (runs folded): see docs/records.md; capitals are the active side's
	Truncated      bool   // History was cut
}

// Values of Session.State, in the order in which a session reaches them.
const (
	StateConnecting  = "connecting"  // TCP only
	StateContact     = "contact"     // a contact header was seen
	StateEstablished = "established" // both sides' session parameters were seen
	StateEnding      = "ending"      // a SESS_TERM or SHUTDOWN was seen
	StateTerminated  = "terminated"  // both sides ended it and the connection closed
	StateFailed      = "failed"      // it closed before it was established
)

// Peer is what one side of a session said and sent.
type Peer struct {
	NodeID       string
	HasNodeID    bool
	Keepalive    uint16
	SegmentMRU   uint64 // v4
	TransferMRU  uint64 // v4
	ContactFlags uint8
	FlagNames    []string
	HasContact   bool
	HasInit      bool
	Certificate  *Certificate // its own, where that could be read

	Octets         uint64 // of the TCP stream, missed ones included
	MissedOctets   uint64
	Retransmitted  uint64    // octets seen again
	Conflicting    uint64    // octets seen again with other values
	Messages       []Count   // by type, in the RFC's order
	Transfers      [3]uint64 // by TransferState
	TransferOctets uint64    // data octets of segments
	DataStart      int64     // time of the first segment's first octet; 0: it sent none
	DataEnd        int64     // time of the last segment's last octet, or of the last acknowledgement it got
	Refusals       []ReasonCount
	Quirks         []string
}

// Count is how many messages of a type were seen.
type Count struct {
	Type  string
	Count uint64
}

// ReasonCount is how often a reason was given.
type ReasonCount struct {
	Reason Code
	Count  uint64
}
