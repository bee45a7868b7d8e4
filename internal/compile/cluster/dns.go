package cluster

import (
	"cmp"
	"fmt"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

const dnsField = diag.Path("spec.dns")

// Kinds of DNS servers.
const (
	CoreDNS = "CoreDNS"
	KubeDNS = "kube-dns"
)

const presetLarge = "large"

// CoreDNS divides its cache into 256 parts of 4 answers or more (plugin/pkg/cache). dnsmasq takes more than 10000, but says that it
// helps nobody, and older ones cut it off.
const (
	leastCoreDNSCache   = 1024
	largestDnsmasqCache = 10000
	usualMaxConcurrent  = 1000
)

// maxReplicas is far above any use of DNS servers.
const maxReplicas = 1000

// DNS settings.
type DNS struct {
	// Kind is CoreDNS or KubeDNS.
	Kind string
	// Replicas is zero where the autoscaler has the number.
	Replicas int
	// Resources are what the spec asks for; what it leaves out is that of base/.
	Resources Resources
	// CacheSize zero: what is usual for the kind.
	CacheSize     int
	MaxConcurrent int
	// Autoscaler is zero where there is none.
	Autoscaler DNSAutoscaler
	// LocalCache is zero where there is none.
	LocalCache LocalCache
}

// DNSAutoscaler has the parameters of the linear mode of the cluster proportional autoscaler. Max zero: no limit.
type DNSAutoscaler struct{ CoresPerReplica, NodesPerReplica, Min, Max int }

// resolveDNS follows the networks and kube-proxy's mode.
func resolveDNS(r *report, s spec.DNS, c Cluster, sound bool) DNS {
	oneOf(r, dnsField.Key("preset"), s.Preset, "default", "default", presetLarge)
	usual := 2
	given := s
	if s.Preset == presetLarge {
		s, usual = overLarge(s), 6
	}
	kind := oneOf(r, dnsField.Key("kind"), s.Kind, usualDNS(c.Version), CoreDNS, KubeDNS)
	out := DNS{
		Kind:          kind,
		Replicas:      upTo(r, dnsField.Key("replicas"), s.Replicas, usual, maxReplicas),
		Resources:     resources(r, dnsField.Key("resources"), s.Resources, usualResources(kind)),
		CacheSize:     cacheSize(r, s.CacheSize, kind),
		MaxConcurrent: upTo(r, dnsField.Key("maxConcurrent"), s.MaxConcurrent, usualMaxConcurrent, 1_000_000),
	}
	if s.Autoscaler != nil {
		out.Autoscaler = dnsAutoscaler(r, given, out.Replicas)
		out.Replicas = 0
	}
	if s.NodeLocalCache != nil {
		out.LocalCache = localCache(r, s.NodeLocalCache.Address, c, sound)
	}
	if kind == KubeDNS {
		checkKubeDNS(r, c)
	}
	return out
}

// overLarge lays what is given over the figures with which clusters of a thousand nodes were run.
func overLarge(s spec.DNS) spec.DNS {
	s.CacheSize = cmp.Or(s.CacheSize, largestDnsmasqCache)
	s.Resources.Requests.CPU = cmp.Or(s.Resources.Requests.CPU, "70m")
	s.Resources.Requests.Memory = cmp.Or(s.Resources.Requests.Memory, "70Mi")
	s.Resources.Limits.CPU = cmp.Or(s.Resources.Limits.CPU, "100m")
	s.Resources.Limits.Memory = cmp.Or(s.Resources.Limits.Memory, "512Mi")
	return s
}

// usualDNS: CoreDNS is the DNS of Kubernetes since 1.11.
func usualDNS(v Version) string {
	if v.Major == 1 && v.Minor < 11 {
		return KubeDNS
	}
	return CoreDNS
}

// usualResources are those in base/. Of the two containers of kube-dns they are the larger requests and the limit that there is.
func usualResources(kind string) Resources {
	out := Resources{Requests: Quantities{CPU: "100m", Memory: "70Mi"}, Limits: Quantities{Memory: "170Mi"}}
	if kind == KubeDNS {
		out.Requests.CPU = "150m"
	}
	return out
}

func cacheSize(r *report, n int, kind string) int {
	at := dnsField.Key("cacheSize")
	switch {
	case kind == KubeDNS && n > largestDnsmasqCache:
		r.error(at, fmt.Sprintf("dnsmasq has no use for a cache of %d records", n),
			fmt.Sprintf("write %d or less; more replicas or a nodeLocalCache remember more together", largestDnsmasqCache))
	case kind == CoreDNS && n > 0 && n < leastCoreDNSCache:
		r.error(at, fmt.Sprintf("CoreDNS has no cache as small as %d", n), fmt.Sprintf("write %d or more", leastCoreDNSCache))
	default:
		return upTo(r, at, n, 0, 10_000_000)
	}
	return 0
}

// dnsAutoscaler has at least as many replicas as the spec asks for without it.
func dnsAutoscaler(r *report, s spec.DNS, replicas int) DNSAutoscaler {
	at := dnsField.Key("autoscaler")
	a := DNSAutoscaler{
		CoresPerReplica: upTo(r, at.Key("coresPerReplica"), s.Autoscaler.CoresPerReplica, 256, 1_000_000),
		NodesPerReplica: upTo(r, at.Key("nodesPerReplica"), s.Autoscaler.NodesPerReplica, 16, 1_000_000),
		Min:             upTo(r, at.Key("min"), s.Autoscaler.Min, replicas, maxReplicas),
		Max:             upTo(r, at.Key("max"), s.Autoscaler.Max, 0, maxReplicas),
	}
	if s.Replicas > 0 && s.Replicas != a.Min {
		r.error(at.Key("min"), fmt.Sprintf("the spec asks for %d replicas of DNS, and for an autoscaler that has %d or more", s.Replicas, a.Min),
			"remove spec.dns.replicas: with an autoscaler, min alone counts")
	}
	if a.Max > 0 && a.Max < a.Min {
		r.error(at.Key("max"), fmt.Sprintf("the autoscaler cannot have at least %d and at most %d replicas", a.Min, a.Max),
			fmt.Sprintf("write max: %d or more, or a smaller min", a.Min))
	}
	return a
}

// checkKubeDNS tells what kube-dns cannot do. It watches Services for their first address, and Endpoints, which have one family.
func checkKubeDNS(r *report, c Cluster) {
	if v := c.Version; v.Major > 1 || v.Minor >= 21 {
		r.warning(dnsField.Key("kind"), "kubeadm refuses kube-dns since Kubernetes 1.21", "write kind: CoreDNS, unless the cluster depends on dnsmasq")
	}
	if families := familiesOf(c.Networks.Services); len(families) > 1 {
		r.warning(dnsField.Key("kind"), "kube-dns knows the "+families[0].String()+" addresses of Services alone", "write kind: CoreDNS, which answers with both families")
	}
}

// upTo is a number from 1 to most, or the default where it is absent.
func upTo(r *report, field diag.Path, n, usual, most int) int {
	switch {
	case n == 0:
		return usual
	case n < 1 || n > most:
		r.error(field, fmt.Sprintf("%s cannot be %d", field, n), fmt.Sprintf("write a number from 1 to %d", most))
		return usual
	}
	return n
}
