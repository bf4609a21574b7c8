// SPDX-License-Identifier: Apache-2.0

package bundle

// check looks at the bundle as a whole when it has ended, in whichever way.
func (r *Reader) check() {}

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
