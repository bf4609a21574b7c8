// SPDX-License-Identifier: Apache-2.0

// Package interop holds the tests that compare tcpcl-dump with Wireshark's tshark, on the captures of testdata/pcaps: every
// value that tshark prints of a TCPCL field, message by message. Where tshark is wrong, or says less, exceptions_test.go says
// why. These tests run the two programs and use no package of this repository, so that they see what a user sees:
//
//	go test -count=1 -v ./...
//
// Capture filters are compared with tcpdump's, packet for packet; no view lists packets, so that test asks the package. All
// fail where tshark or tcpdump is not installed. -count=1 is needed because Go does not notice that the program changed. The
// list of exceptions was made with tshark 4.0.17; a newer one may need fewer, which the tests then tell.
package interop
