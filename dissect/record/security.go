// SPDX-License-Identifier: Apache-2.0

package record

// SecurityOperation is what a security block of a bundle is for one of its targets (RFC 9172 section 2.3).
type SecurityOperation struct {
	Block           uint64 // number of the security block
	Confidentiality bool   // it is a BCB; otherwise a BIB
	Target          uint64 // number of the block that it protects
	Source          string // the security source
	Context         string // name of the security context
	State           string
}

// States of security operations.
const (
	SecurityVerified  = "verified"  // the target is what the security source signed
	SecurityDecrypted = "decrypted" // it is what the security source encrypted
	SecurityFailed    = "failed"    // it is not, or the key is another
	SecurityUnchecked = "unchecked" // no key was given for it, or the bundle is not there as a whole, or too long
)

// Kind is "integrity" or "confidentiality".
func (o *SecurityOperation) Kind() string {
	if o.Confidentiality {
		return "confidentiality"
	}
	return "integrity"
}

// appendSecurity appends the security operations, if there are any.
func (b *Bundle) appendSecurity(dst []byte) []byte {
	if len(b.Security) == 0 {
		return dst
	}
	dst = append(dst, `,"security":[`...)
	for i := range b.Security {
		o := &b.Security[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendUint(append(dst, `{"block":`...), o.Block)
		dst = AppendString(append(dst, `,"kind":`...), o.Kind())
		dst = appendUint(append(dst, `,"target":`...), o.Target)
		dst = AppendString(append(dst, `,"source":`...), o.Source)
		dst = AppendString(append(dst, `,"context":`...), o.Context)
		dst = append(AppendString(append(dst, `,"state":`...), o.State), '}')
	}
	return append(dst, ']')
}
