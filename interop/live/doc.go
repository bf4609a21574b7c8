// SPDX-License-Identifier: Apache-2.0

// Package live holds tests of live captures in network namespaces, with what tcpdump captures beside. They need root, and the programs ip
// (iproute2), tcpdump and tcpreplay.
package live
