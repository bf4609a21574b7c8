// SPDX-License-Identifier: Apache-2.0

package bundle

// check looks at the bundle as a whole when it has ended, in whichever way. What a single bundle cannot tell, as its age at the
// time of the capture or what its sender is called, is for those who know.
func (r *Reader) check() {
	switch r.b.Version {
	case 7:
		r.b.check7()
	case 6:
		r.b.check6()
	}
}

// checkBehind notes octets behind the end of the bundle.
func (r *Reader) checkBehind() {
	if r.b.Behind == 0 {
		return
	}
	if r.b.Version == 7 {
		r.b.find("BPv7-01", r.b.Length, "octets follow the end of the bundle")
	} else {
		r.b.find("BPv6-11", r.b.Length, "octets follow the last block")
	}
}

// badFragment tells whether the payload lies outside the application data unit that it is a part of.
func (b *Bundle) badFragment(payload *Block) bool {
	if b.TotalLength == 0 || b.FragmentOffset > b.TotalLength {
		return true
	}
	return payload != nil && payload.DataLength > b.TotalLength-b.FragmentOffset
}
