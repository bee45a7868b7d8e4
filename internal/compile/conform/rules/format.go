package rules

import (
	"crypto/tls"
	"maps"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"
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
	threshold   = regexp.MustCompile(`^((100(\.0+)?|\d{1,2}(\.\d+)?)%|[0-9.]+([eE]\d+|[KMGTPE]i?|[mk])?)$`)
	minor       = regexp.MustCompile(`^1\.\d+$`)
	sysctl      = regexp.MustCompile(`^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$`)
	namespaced  = regexp.MustCompile(`^(net[./]|fs[./]mqueue|kernel[./](sem$|shm|msg))`)
	fieldPath   = regexp.MustCompile(`^(metadata\.(name|namespace|uid|(labels|annotations)\['[^']+'\])|spec\.(nodeName|serviceAccountName)|status\.(hostIPs?|podIPs?))$`)
	resources   = regexp.MustCompile(`^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)$`)
)

// formats by the names that rules have for them, made once.
var formats = sync.OnceValue(func() map[string]format { //nolint:gochecknoglobals // as a regular expression, it never changes
	all := objectFormats()
	maps.Copy(all, valueFormats())
	return all
})

// valueFormats are those of flags and of the components' files.
func valueFormats() map[string]format {
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
		"label":              {"at most 63 lower case letters, digits and -", isOf(validation.IsDNS1123Label)},
		"labelValue":         {"at most 63 letters, digits, -, _ and .", isOf(validation.IsValidLabelValue)},
		"qualified":          {"a name such as example.org/name", isOf(validation.IsQualifiedName)},
		"envName":            {"printable characters but =", isOf(validation.IsRelaxedEnvVarName)},
		"header":             {"letters, digits and -", isOf(validation.IsHTTPHeaderName)},
		"quantity":           {"a quantity such as 64Mi", func(s string) bool { n, ok := amount(s); return ok && n >= 0 }},
		"minor":              {"a minor such as 1.35", minor.MatchString},
		"sysctl":             {"the name of a sysctl", sysctl.MatchString},
		"namespacedSysctl":   {"a sysctl that a namespace has of its own: net.*, fs.mqueue.*, kernel.sem, kernel.shm* or kernel.msg*", namespaced.MatchString},
		"fieldPath":          {"a field such as metadata.name or status.podIP", fieldPath.MatchString},
		"resourceField":      {"limits or requests of cpu, memory, ephemeral-storage or huge pages", resources.MatchString},
		"below":              {"a path below the volume, without ..", isBelow},
		"serviceIP":          {"an IP address or None", func(s string) bool { return s == "None" || isAddress(s) }},
		"userRange":          {"a multiple of 65536", isUserRange},
		"localSocket":        {"a socket such as unix:///run/containerd/containerd.sock", isLocalSocket},
		"switch":             {"NAME=true or NAME=false", isSwitch},
		"origin":             {"a regular expression with // before and $ or : after the host", isOrigin},
		"nodeLabel":          {"NAME=VALUE, the name none of Kubernetes' own but those that a kubelet may set", isNodeLabel},
		"dualStack":          {"one range, or one of IPv4 and one of IPv6", isDualStack},
	}
}

// isOf fits what a function of Kubernetes finds nothing wrong with.
func isOf(problems func(string) []string) func(string) bool {
	return func(s string) bool { return len(problems(s)) == 0 }
}

func isBelow(s string) bool {
	return !strings.HasPrefix(s, "/") && !slices.Contains(strings.Split(s, "/"), "..")
}

func isUserRange(s string) bool {
	n, err := strconv.ParseInt(s, 10, 64)
	return err == nil && n > 0 && n%(1<<16) == 0
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

// isLocalSocket takes a path alone, too, which kubelets call deprecated.
func isLocalSocket(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "" || u.Scheme == "unix")
}

func isSwitch(s string) bool {
	_, on, _ := strings.Cut(s, "=")
	_, err := strconv.ParseBool(on)
	return on == "" || err == nil
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
