// SPDX-License-Identifier: Apache-2.0

package tlsdec

// reader takes a handshake message apart. Once something is not there, ok is false and it gives nothing but zeros.
type reader struct {
	b  []byte
	ok bool
}

func read(b []byte) reader { return reader{b, true} }

// take returns the next n octets, a view.
func (r *reader) take(n int) []byte {
	if !r.ok || n > len(r.b) {
		r.b, r.ok = nil, false
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

// number returns an unsigned number of n octets, at most four.
func (r *reader) number(n int) (v uint32) {
	for _, b := range r.take(n) {
		v = v<<8 | uint32(b)
	}
	return v
}

// vector returns what follows a length of n octets, a view (RFC 8446 section 3.4).
func (r *reader) vector(n int) []byte { return r.take(int(r.number(n))) }

// sub is vector for what is taken apart itself.
func (r *reader) sub(n int) reader {
	b := r.vector(n)
	return reader{b, r.ok}
}

func (r *reader) more() bool { return r.ok && len(r.b) > 0 }

// done says whether all was there and nothing is left.
func (r *reader) done() bool { return r.ok && len(r.b) == 0 }

// numbers reads numbers of two octets to the end.
func numbers[T ~uint16](r reader) ([]T, bool) {
	var out []T
	for r.more() {
		out = append(out, T(r.number(2)))
	}
	return out, r.ok
}

// names reads strings with a length of one octet to the end.
func names(r reader) ([]string, bool) {
	var out []string
	for r.more() {
		out = append(out, string(r.vector(1)))
	}
	return out, r.ok
}
