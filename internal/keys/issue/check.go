package issue

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/harender/harender/internal/keys/certificate"
	"github.com/harender/harender/internal/keys/pki"
)

// wanted is what the plan and the recipe say of a certificate.
type wanted struct {
	request pki.Request
	subject pkix.Name
	hosts   []string
	profile pki.Profile
	kind    string
	ca      *x509.Certificate
	// from and to are what the certificate would span if it were signed now.
	now, from, to time.Time
	validity      time.Duration
	renewBefore   time.Duration
}

// backdate allows for clocks that run behind this one.
const backdate = 5 * time.Minute

// begin is when a certificate that is signed now begins.
func begin(now time.Time) time.Time { return now.Add(-backdate).UTC().Truncate(time.Second) }

// tolerance is how far a validity may be from the planned one: rounding, and other tools' habits.
const tolerance = time.Hour

// lacks are the reasons for which a certificate does not do what it is for, or will soon not.
func (w wanted) lacks(cert *x509.Certificate) []string {
	missing, _ := w.usageReasons(cert)
	return slices.Concat(
		subjectReasons(cert.Subject, w.subject),
		hostReasons(cert, w.hosts),
		missing,
		w.issuerReasons(cert),
		w.timeReasons(cert),
	)
}

// differs are the reasons for which it is not what harender makes, although it serves as well: another tool's habits.
func (w wanted) differs(cert *x509.Certificate) []string {
	_, more := w.usageReasons(cert)
	return slices.Concat(more, keyDifference(cert.PublicKey, w.kind), w.spanReasons(cert))
}

func subjectReasons(have, want pkix.Name) []string {
	var out []string
	if have.CommonName != want.CommonName {
		out = append(out, fmt.Sprintf("common name is %s, not %s", have.CommonName, want.CommonName))
	}
	have.CommonName, want.CommonName = "", ""
	have.Names, have.ExtraNames = nil, nil
	if sorted(have).String() != sorted(want).String() {
		out = append(out, fmt.Sprintf("subject is %s, not %s", orNothing(have.String()), orNothing(want.String())))
	}
	return out
}

// sorted puts the values of each attribute in order: certificates keep them as a set.
func sorted(n pkix.Name) pkix.Name {
	for _, list := range []*[]string{&n.Country, &n.Province, &n.Locality, &n.Organization, &n.OrganizationalUnit, &n.StreetAddress, &n.PostalCode} {
		*list = slices.Sorted(slices.Values(*list))
	}
	return n
}

func orNothing(s string) string {
	if s == "" {
		return "empty"
	}
	return s
}

func hostReasons(cert *x509.Certificate, want []string) []string {
	have := altNames(cert)
	want = canonical(want)
	return slices.Concat(formatEach("SAN %s added", without(want, have)), formatEach("SAN %s removed", without(have, want)))
}

// altNames are the subject alternative names of every kind.
func altNames(cert *x509.Certificate) []string {
	out := slices.Clone(cert.DNSNames)
	for _, ip := range cert.IPAddresses {
		out = append(out, ip.String())
	}
	out = append(out, cert.EmailAddresses...)
	for _, u := range cert.URIs {
		out = append(out, u.String())
	}
	return out
}

// canonical writes addresses as certificates give them back.
func canonical(hosts []string) []string {
	out := make([]string, len(hosts))
	for i, h := range hosts {
		out[i] = h
		if a, err := netip.ParseAddr(h); err == nil {
			out[i] = a.Unmap().String()
		}
	}
	return out
}

func (w wanted) usageReasons(cert *x509.Certificate) (missing, more []string) {
	if len(cert.UnknownExtKeyUsage) > 0 || cert.IsCA {
		missing = []string{"usages of the profile changed"}
	}
	ku, eku := w.profile.Usages(pki.IsRSA(cert.PublicKey))
	have, want := usageNames(cert.KeyUsage, cert.ExtKeyUsage), usageNames(ku, eku)
	return append(missing, formatEach("usage %s added", without(want, have))...), formatEach("usage %s removed", without(have, want))
}

// usageNames are usages in the words of RFC 5280, where the profiles have cfssl's.
func usageNames(ku x509.KeyUsage, eku []x509.ExtKeyUsage) []string {
	var out []string
	for bit := x509.KeyUsageDigitalSignature; bit <= x509.KeyUsageDecipherOnly; bit <<= 1 {
		if ku&bit != 0 {
			out = append(out, bit.String())
		}
	}
	for _, u := range eku {
		out = append(out, u.String())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func keyDifference(public any, want string) []string {
	if have := certificate.KeyOf(public); have != want {
		return []string{fmt.Sprintf("key is %s, not %s", have, want)}
	}
	return nil
}

func (w wanted) issuerReasons(cert *x509.Certificate) []string {
	switch {
	case w.ca == nil:
		return []string{"its authority is new"}
	case !bytes.Equal(cert.RawIssuer, w.ca.RawSubject), cert.CheckSignatureFrom(w.ca) != nil:
		return []string{"its authority changed"}
	}
	return nil
}

// spanReasons: at the end of its authority's life a certificate is cut.
func (w wanted) spanReasons(cert *x509.Certificate) []string {
	if w.ca == nil || cert.NotAfter.After(w.ca.NotAfter) {
		return nil
	}
	span := cert.NotAfter.Sub(cert.NotBefore)
	cut := cert.NotAfter.Equal(w.ca.NotAfter) && span < w.validity
	if !cut && (span-w.validity).Abs() > tolerance {
		return []string{fmt.Sprintf("validity is %s, not %s", hours(span), hours(w.validity))}
	}
	return nil
}

// timeReasons renews only when that gains time: at the end of its authority's life a certificate stays as it is.
func (w wanted) timeReasons(cert *x509.Certificate) []string {
	if w.ca == nil {
		return nil
	}
	gains := w.to.After(cert.NotAfter.Add(tolerance))
	switch {
	case cert.NotAfter.After(w.ca.NotAfter):
		return []string{"it outlives its authority"}
	case !w.now.Before(cert.NotAfter) && w.to.After(cert.NotAfter):
		return []string{"it expired at " + stamp(cert.NotAfter)}
	case cert.NotAfter.Sub(w.now) <= w.renewBefore && gains:
		return []string{fmt.Sprintf("it expires at %s, inside the renewal window of %s", stamp(cert.NotAfter), hours(w.renewBefore))}
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// hours of what is long are whole ones.
func hours(d time.Duration) string {
	unit := time.Minute
	if d > 100*time.Hour {
		unit = time.Hour
	}
	return fmt.Sprintf("%gh", d.Round(unit).Hours())
}
