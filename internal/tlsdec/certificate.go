// SPDX-License-Identifier: Apache-2.0

package tlsdec

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net/netip"
	"slices"
	"time"
)

// Certificate is what a certificate says of its holder. It is read with more patience than crypto/x509 has: what a peer shows
// is to be reported, not to be trusted.
type Certificate struct {
	DER       []byte
	Subject   string // distinguished names as RFC 2253 writes them
	Issuer    string
	Serial    *big.Int
	NotBefore time.Time
	NotAfter  time.Time
	NodeIDs   []string // otherName of type bundleEID (RFC 9174 section 4.4.2.1)
	URIs      []string
	DNSNames  []string
	Addresses []netip.Addr
	Usages    []string          // extended key usages, object identifiers
	X509      *x509.Certificate // nil where crypto/x509 does not take it
	Err       error             // why it does not, or what of the rest could not be read
}

var (
	oidSubjectAltName = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidExtKeyUsage    = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidBundleEID      = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 8, 11}
)

// maxChain bounds the certificates of a chain.
const maxChain = 64

// parseCertificates reads a message without its header (RFC 8446 section 4.4.2, RFC 5246 section 7.4.2).
func parseCertificates(b []byte, tls13 bool) (*Certificates, bool) {
	m := &Certificates{}
	r := read(b)
	if tls13 {
		r.vector(1) // certificate_request_context
	}
	list := r.sub(3)
	for list.more() && len(m.Chain) < maxChain {
		der := list.vector(3)
		if tls13 {
			list.vector(2) // extensions
		}
		if list.ok {
			m.Chain = append(m.Chain, parseCertificate(der))
		}
	}
	return m, list.ok && r.done()
}

// tbsCertificate is RFC 5280 section 4.1, as far as it is of use here.
type tbsCertificate struct {
	Version    int `asn1:"optional,explicit,default:0,tag:0"`
	Serial     *big.Int
	Algorithm  pkix.AlgorithmIdentifier
	Issuer     asn1.RawValue
	Validity   struct{ NotBefore, NotAfter time.Time }
	Subject    asn1.RawValue
	PublicKey  asn1.RawValue
	IssuerID   asn1.BitString   `asn1:"optional,tag:1"`
	SubjectID  asn1.BitString   `asn1:"optional,tag:2"`
	Extensions []pkix.Extension `asn1:"omitempty,optional,explicit,tag:3"`
}

func parseCertificate(der []byte) Certificate {
	c := Certificate{DER: slices.Clone(der)}
	c.X509, c.Err = x509.ParseCertificate(c.DER)
	var outer struct {
		TBS       tbsCertificate
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	if _, err := asn1.Unmarshal(c.DER, &outer); err != nil {
		if c.Err == nil {
			c.Err = err
		}
		return c
	}
	t := &outer.TBS
	c.Serial, c.NotBefore, c.NotAfter = t.Serial, t.Validity.NotBefore, t.Validity.NotAfter
	c.Subject, c.Issuer = distinguished(t.Subject.FullBytes), distinguished(t.Issuer.FullBytes)
	for _, e := range t.Extensions {
		var err error
		switch {
		case e.Id.Equal(oidSubjectAltName):
			err = c.alternatives(e.Value)
		case e.Id.Equal(oidExtKeyUsage):
			var usages []asn1.ObjectIdentifier
			_, err = asn1.Unmarshal(e.Value, &usages)
			for _, u := range usages {
				c.Usages = append(c.Usages, u.String())
			}
		}
		if err != nil && c.Err == nil {
			c.Err = err
		}
	}
	return c
}

func distinguished(der []byte) string {
	var names pkix.RDNSequence
	if _, err := asn1.Unmarshal(der, &names); err != nil {
		return ""
	}
	return names.String()
}

// alternatives reads the subject's alternative names (RFC 5280 section 4.2.1.6). crypto/x509 does not know otherName, and
// refuses the whole certificate for a URI that it does not like.
func (c *Certificate) alternatives(der []byte) error {
	var list asn1.RawValue
	if _, err := asn1.Unmarshal(der, &list); err != nil {
		return err
	}
	for rest := list.Bytes; len(rest) > 0; {
		var name asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &name); err != nil {
			return err
		}
		if name.Class != asn1.ClassContextSpecific {
			continue
		}
		switch name.Tag {
		case 0:
			if id, ok := bundleEID(name.Bytes); ok {
				c.NodeIDs = append(c.NodeIDs, id)
			}
		case 2:
			c.DNSNames = append(c.DNSNames, string(name.Bytes))
		case 6:
			c.URIs = append(c.URIs, string(name.Bytes))
		case 7:
			if a, ok := netip.AddrFromSlice(name.Bytes); ok {
				c.Addresses = append(c.Addresses, a)
			}
		}
	}
	return nil
}

// bundleEID reads the inside of an otherName that is a bundle EID (RFC 9174 section 4.4.2.1).
func bundleEID(b []byte) (string, bool) {
	var kind asn1.ObjectIdentifier
	rest, err := asn1.Unmarshal(b, &kind)
	if err != nil || !kind.Equal(oidBundleEID) {
		return "", false
	}
	var explicit, value asn1.RawValue
	if _, err := asn1.Unmarshal(rest, &explicit); err != nil || explicit.Class != asn1.ClassContextSpecific || explicit.Tag != 0 {
		return "", false
	}
	if _, err := asn1.Unmarshal(explicit.Bytes, &value); err != nil || value.Tag != asn1.TagIA5String {
		return "", false
	}
	return string(value.Bytes), true
}
