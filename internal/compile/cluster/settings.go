package cluster

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

const defaultAPIServerPort = 6443

func apiServer(r *report, v Version, s spec.APIServer) APIServer {
	const field = diag.Path("spec.apiServer")
	for i, san := range s.CertSANs {
		at := field.Key("certSANs").Index(i)
		if slices.Contains(s.CertSANs[:i], san) {
			r.error(at, diag.Quote(san)+" is given twice", "remove one of the two")
		} else if !validHost(strings.TrimPrefix(san, "*.")) {
			r.error(at, diag.Quote(san)+" is neither a DNS name nor an IP address", "write a name in lower case without scheme and port, or an address")
		}
	}
	return APIServer{
		Port: port(r, field.Key("port"), s.Port, defaultAPIServerPort), CertSANs: s.CertSANs,
		Tokens: accounts(r, field.Key("tokens"), s.Tokens), BasicAuth: basicAuth(r, v, s.BasicAuth),
	}
}

// validHost reports whether a certificate can name the host.
func validHost(s string) bool {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Zone() == "" && !a.Is4In6()
	}
	return isDNSName(s) && !looksNumeric(s)
}

// isDNSName wants a DNS-1123 subdomain, each label of which is a DNS-1123 label.
func isDNSName(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if len(validation.IsDNS1123Label(label)) > 0 {
			return false
		}
	}
	return len(validation.IsDNS1123Subdomain(s)) == 0
}

// looksNumeric: a name whose last label is a number is a broken IPv4 address (RFC 3696, section 2).
func looksNumeric(s string) bool {
	last := s[strings.LastIndexByte(s, '.')+1:]
	return last != "" && strings.Trim(last, "0123456789") == ""
}

func port(r *report, field diag.Path, value, fallback int) int {
	if value == 0 {
		return fallback
	}
	if value < 1 || value > 65535 {
		r.error(field, fmt.Sprintf("%d is no port", value), "write a number from 1 to 65535")
		return fallback
	}
	return value
}

func kubeletLocal(r *report, s string) bool {
	return oneOf(r, "spec.kubelet.apiServer", s, "loadBalancer", "loadBalancer", "local") == "local"
}

func kubeletUnit(r *report, s string, kubeadm bool) bool {
	const field = "spec.kubelet.unit"
	rendered := oneOf(r, field, s, "packaged", "packaged", "rendered") == "rendered"
	if rendered && kubeadm {
		r.error(field, "kubeadm expects the kubelet's unit from its package", "remove it; kubeadm's package has a unit and a drop-in that belong to each other")
	}
	return rendered
}

func kubeletPackage(r *report, s string) string {
	if how := oneOf(r, "spec.kubelet.package", s, "none", "none", "apt", "dnf"); how != "none" {
		return how
	}
	return ""
}

// The lifetimes where the spec says nothing.
const (
	defaultCAValidity  = 87600 * time.Hour
	defaultRenewBefore = 720 * time.Hour
)

func certificates(r *report, s spec.Certificates) Certificates {
	const field = diag.Path("spec.certificates")
	c := Certificates{
		Validity:    duration(r, field.Key("validity"), s.Validity, 0),
		CAValidity:  duration(r, field.Key("caValidity"), s.CAValidity, defaultCAValidity),
		RenewBefore: duration(r, field.Key("renewBefore"), s.RenewBefore, defaultRenewBefore),
		Pins:        pins(r, field.Key("pins"), s.Pins),
	}
	if c.Validity > c.CAValidity {
		r.error(field.Key("validity"), fmt.Sprintf("certificates would be valid for %s and their authorities for %s", hours(c.Validity), hours(c.CAValidity)),
			"make validity shorter, or caValidity longer")
	}
	leaf := c.CAValidity
	if c.Validity > 0 {
		leaf = min(leaf, c.Validity)
	}
	if c.RenewBefore >= leaf {
		r.error(field.Key("renewBefore"), fmt.Sprintf("certificates are valid for %s and would be renewed %s before their end", hours(leaf), hours(c.RenewBefore)),
			"set renewBefore to a fraction of the validity, such as "+hours(leaf/4))
	}
	return c
}

func duration(r *report, field diag.Path, text string, fallback time.Duration) time.Duration {
	if text == "" {
		return fallback
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		r.error(field, diag.Quote(text)+" is no duration", "write hours, such as 8760h for a year")
		return fallback
	case d <= 0:
		r.error(field, diag.Quote(text)+" is no time in which a certificate could be valid", "write hours, such as 8760h for a year")
		return fallback
	}
	return d
}

func hours(d time.Duration) string {
	if d%time.Hour == 0 {
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return d.String()
}
