// SPDX-License-Identifier: Apache-2.0

package pcapfilter

// protocol is what a word like "tcp" says a primitive is about.
type protocol struct {
	name   string
	kind   protocolKind
	number uint32    // EtherType, or protocol number of IP
	within *protocol // what it is looked for in; nil: IPv4 and IPv6
}

type protocolKind uint8

const (
	linkLayer protocolKind = iota + 1
	networkLayer
	overIP
)

// Protocols that the code speaks of.
var (
	protoLink  = &protocol{name: "ether", kind: linkLayer}
	protoIP    = &protocol{name: "ip", kind: networkLayer, number: etherTypeIPv4}
	protoIP6   = &protocol{name: "ip6", kind: networkLayer, number: etherTypeIPv6}
	protoARP   = &protocol{name: "arp", kind: networkLayer, number: etherTypeARP}
	protoRARP  = &protocol{name: "rarp", kind: networkLayer, number: etherTypeRARP}
	protoTCP   = &protocol{name: "tcp", kind: overIP, number: 6}
	protoUDP   = &protocol{name: "udp", kind: overIP, number: 17}
	protoSCTP  = &protocol{name: "sctp", kind: overIP, number: 132}
	protoICMP6 = &protocol{name: "icmp6", kind: overIP, number: 58, within: protoIP6}
)

// protocols are the words for them.
var protocols = map[string]*protocol{
	"link": protoLink, "ether": protoLink, "ppp": protoLink, "slip": protoLink, "fddi": protoLink, "tr": protoLink, "wlan": protoLink,
	"ip": protoIP, "ip6": protoIP6, "arp": protoARP, "rarp": protoRARP,
	"tcp": protoTCP, "udp": protoUDP, "sctp": protoSCTP, "icmp6": protoICMP6,
	"icmp": {name: "icmp", kind: overIP, number: 1, within: protoIP},
	"igmp": {name: "igmp", kind: overIP, number: 2, within: protoIP},
	"igrp": {name: "igrp", kind: overIP, number: 9, within: protoIP},
	"vrrp": {name: "vrrp", kind: overIP, number: 112, within: protoIP},
	"carp": {name: "carp", kind: overIP, number: 112, within: protoIP},
	"esp":  {name: "esp", kind: overIP, number: 50},
	"ah":   {name: "ah", kind: overIP, number: 51},
	"pim":  {name: "pim", kind: overIP, number: 103},
}

// numberNames are the protocols that may stand behind "ip proto \".
var numberNames = map[string]uint32{
	"icmp": 1, "igmp": 2, "ggp": 3, "tcp": 6, "egp": 8, "igp": 9, "udp": 17, "ipv6": 41, "gre": 47, "esp": 50, "ah": 51, "ipv6-icmp": 58,
	"ospf": 89, "pim": 103, "vrrp": 112, "l2tp": 115, "sctp": 132, "udplite": 136,
}

// etherNames are the protocols that may stand behind "ether proto \".
var etherNames = map[string]uint32{"ip": etherTypeIPv4, "ip6": etherTypeIPv6, "arp": etherTypeARP, "rarp": etherTypeRARP}

// keywords are the other words that are no names.
var keywords = setOf("src", "dst", "host", "net", "mask", "port", "portrange", "proto", "less", "greater", "broadcast", "multicast",
	"and", "or", "not", "len", "length", "vlan", "mpls", "pppoes", "pppoed")

// foreign are words of the language that are of no use here.
var foreign = setOf("gateway", "protochain", "byte", "inbound", "outbound", "ifindex", "geneve", "llc", "radio", "atalk", "aarp", "decnet",
	"lat", "sca", "moprc", "mopdl", "iso", "esis", "es-is", "isis", "is-is", "clnp", "stp", "ipx", "netbeui", "l1", "l2", "iih", "lsp", "snp",
	"csnp", "psnp", "type", "subtype", "direction", "dir", "address1", "addr1", "address2", "addr2", "address3", "addr3", "address4", "addr4",
	"ra", "ta", "lane", "metac", "bcc", "oam", "oamf4", "oamf4ec", "oamf4sc", "sc", "ilmic", "vpi", "vci", "connectmsg", "metaconnect", "on",
	"ifname", "rset", "ruleset", "rnr", "rulenum", "srnr", "subrulenum", "reason", "action", "fisu", "lssu", "lsu", "msu", "hfisu", "hlssu",
	"hmsu", "sio", "opc", "dpc", "sls", "hsio", "hopc", "hdpc", "hsls")

// constants are words for numbers: offsets, and values at them.
var constants = map[string]uint32{
	"icmptype": 0, "icmpcode": 1, "icmp6type": 0, "icmp6code": 1, "tcpflags": 13,

	"tcp-fin": 0x01, "tcp-syn": 0x02, "tcp-rst": 0x04, "tcp-push": 0x08, "tcp-ack": 0x10, "tcp-urg": 0x20, "tcp-ece": 0x40, "tcp-cwr": 0x80,

	"icmp-echoreply": 0, "icmp-unreach": 3, "icmp-sourcequench": 4, "icmp-redirect": 5, "icmp-echo": 8, "icmp-routeradvert": 9,
	"icmp-routersolicit": 10, "icmp-timxceed": 11, "icmp-paramprob": 12, "icmp-tstamp": 13, "icmp-tstampreply": 14, "icmp-ireq": 15,
	"icmp-ireqreply": 16, "icmp-maskreq": 17, "icmp-maskreply": 18,

	"icmp6-destinationunreach": 1, "icmp6-packettoobig": 2, "icmp6-timeexceeded": 3, "icmp6-parameterproblem": 4, "icmp6-echo": 128,
	"icmp6-echoreply": 129, "icmp6-multicastlistenerquery": 130, "icmp6-multicastlistenerreportv1": 131, "icmp6-multicastlistenerdone": 132,
	"icmp6-routersolicit": 133, "icmp6-routeradvert": 134, "icmp6-neighborsolicit": 135, "icmp6-neighboradvert": 136, "icmp6-redirect": 137,
	"icmp6-routerrenum": 138, "icmp6-nodeinformationquery": 139, "icmp6-nodeinformationresponse": 140,
	"icmp6-ineighbordiscoverysolicit": 141, "icmp6-ineighbordiscoveryadvert": 142, "icmp6-multicastlistenerreportv2": 143,
	"icmp6-homeagentdiscoveryrequest": 144, "icmp6-homeagentdiscoveryreply": 145, "icmp6-mobileprefixsolicit": 146,
	"icmp6-mobileprefixadvert": 147, "icmp6-certpathsolicit": 148, "icmp6-certpathadvert": 149, "icmp6-multicastrouteradvert": 151,
	"icmp6-multicastroutersolicit": 152, "icmp6-multicastrouterterm": 153,
}

func setOf(words ...string) map[string]bool {
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[w] = true
	}
	return set
}
