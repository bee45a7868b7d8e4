package rules

import (
	"crypto/tls"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// format is what a value must look like.
type format struct {
	takes string
	fits  func(string) bool
}

var (
	subdomain   = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)
	cpus        = regexp.MustCompile(`^\d+(-\d+)?(,\d+(-\d+)?)*$`)
	podSecurity = regexp.MustCompile(`^(latest|v1\.(0|[1-9]\d*))$`)
	threshold   = regexp.MustCompile(`^(\d+(\.\d+)?%|[0-9.]+([eE]\d+|[KMGTPE]i?|[mk])?)$`)
)

// formats by the names that rules have for them.
func formats() map[string]format {
	return map[string]format{
		"ip":                 {"an IP address", isAddress},
		"cidr":               {"a range such as 10.0.0.0/16", isPrefix},
		"primaryCIDR":        {"primary, or a range such as 10.0.0.0/16", func(s string) bool { return s == "primary" || isPrefix(s) }},
		"hostPort":           {"an address with a port, such as 127.0.0.1:10249", isHostPort},
		"https":              {"an https URL without user, query and fragment", isHTTPS},
		"absolute":           {"an absolute path", func(s string) bool { return strings.HasPrefix(s, "/") }},
		"subdomain":          {"a name such as a.example.org", subdomain.MatchString},
		"cpus":               {"a list of CPUs such as 0-3,8", cpus.MatchString},
		"threshold":          {"a quantity or a percentage", threshold.MatchString},
		"duration":           {"a duration such as 30s", isDuration},
		"cipher":             {"a cipher suite of Go's crypto/tls", isCipher},
		"url":                {"/PATH, with * at its end alone", isNonResourceURL},
		"unix":               {"a socket such as unix:///run/kms.sock", func(s string) bool { return strings.HasPrefix(s, "unix://") }},
		"endpoint":           {"HOST:PORT, dns:, unix: or unix-abstract:", isEndpoint},
		"group":              {"a group without its version, or *", func(s string) bool { return s == "*" || subdomain.MatchString(s) }},
		"podSecurityVersion": {"latest or a minor such as v1.36", podSecurity.MatchString},
		"dualStack":          {"one range, or one of IPv4 and one of IPv6", isDualStack},
	}
}

// measure gives the size of a number or a duration.
func measure(s string) (float64, bool) {
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		return n, true
	}
	d, err := time.ParseDuration(s)
	return float64(d), err == nil
}

func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

func isPrefix(s string) bool {
	_, err := netip.ParsePrefix(s)
	return err == nil
}

// isHostPort takes an address alone, to which kube-proxy adds its own port.
func isHostPort(s string) bool {
	a, err := netip.ParseAddrPort(s)
	return err == nil && a.Port() > 0 || isAddress(s)
}

func isHTTPS(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

func isDuration(s string) bool {
	_, err := time.ParseDuration(s)
	return err == nil
}

// isCipher also takes the names that two suites had before Go told their hash.
func isCipher(s string) bool {
	known := func(c *tls.CipherSuite) bool { return c.Name == s || c.Name == s+"_SHA256" }
	return slices.ContainsFunc(tls.CipherSuites(), known) || slices.ContainsFunc(tls.InsecureCipherSuites(), known)
}

func isNonResourceURL(s string) bool {
	return s == "*" || strings.HasPrefix(s, "/") && !strings.Contains(s[:len(s)-1], "*")
}

func isEndpoint(s string) bool {
	if !strings.Contains(s, "//") {
		s = "dns://" + s
	}
	u, err := url.Parse(s)
	return err == nil && slices.Contains([]string{"dns", "unix", "unix-abstract"}, u.Scheme)
}

func isDualStack(s string) bool {
	var families []bool
	for part := range strings.SplitSeq(s, ",") {
		p, err := netip.ParsePrefix(strings.TrimSpace(part))
		if err != nil {
			return false
		}
		families = append(families, p.Addr().Is4())
	}
	return len(families) == 1 || len(families) == 2 && families[0] != families[1]
}
