package conform

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/diag"
)

// listener is where a program of a node listens.
type listener struct {
	program, host string
	port          int
	// scheme is HTTP or HTTPS, as probes have it.
	scheme string
	// from is the setting that has the port; without a name it is the program's default.
	from setting
}

// socket says which settings have the address and the port that a program listens on, and what it does without.
type socket struct {
	program      string
	hosts, ports []string
	host, scheme string
	port         int
	// joined: one setting has both, as HOST:PORT.
	joined bool
}

// sockets of the components (their options, and the defaults of their configuration files).
func sockets() []socket {
	return []socket{
		{"kube-apiserver", []string{"bind-address"}, []string{"secure-port"}, "", "HTTPS", 6443, false},
		{"kube-controller-manager", []string{"bind-address"}, []string{"secure-port"}, "", "HTTPS", 10257, false},
		{"kube-scheduler", []string{"bind-address"}, []string{"secure-port"}, "", "HTTPS", 10259, false},
		{"kube-controller-manager", []string{"address"}, []string{"port"}, "", "HTTP", 10252, false},
		{"kube-scheduler", []string{"address"}, []string{"port"}, "", "HTTP", 10251, false},
		{"kubelet", []string{"address"}, []string{"port"}, "", "HTTPS", 10250, false},
		{"kubelet", []string{"healthz-bind-address", "healthzBindAddress"}, []string{"healthz-port", "healthzPort"}, "127.0.0.1", "HTTP", 10248, false},
		{"kube-proxy", []string{"healthzBindAddress"}, nil, "", "HTTP", 10256, true},
		{"kube-proxy", []string{"metricsBindAddress"}, nil, "127.0.0.1", "HTTP", 10249, true},
	}
}

// listeners of all programs of the node. Of what kubeadm runs, it is known what it is told.
func (e nodeFiles) listeners() []listener {
	programs := e.runs()
	if e.cluster.Kubeadm && e.node.Has(cluster.RoleControlPlane) {
		programs = append(programs, "kube-apiserver", "kube-controller-manager", "kube-scheduler")
	}
	var out []listener
	for _, s := range sockets() {
		if slices.Contains(programs, s.program) && e.has(s) {
			out = append(out, e.listener(s)...)
		}
	}
	for _, name := range []string{"listen-client-urls", "listen-peer-urls", "listen-metrics-urls"} {
		if s, ok := e.last(etcd, name); ok {
			out = append(out, atURLs(s)...)
		}
	}
	for _, s := range e.settings {
		if s.program == "haproxy" {
			host, port := hostPort(s.value, "", 0)
			out = append(out, listener{s.program, host, port, "HTTP", s})
		}
	}
	return out
}

// has reports whether the version's program has such a socket: the ports without TLS are of old, and then the others are not.
func (e nodeFiles) has(s socket) bool {
	if s.joined || len(s.ports) == 0 || s.program == "kubelet" {
		return true
	}
	flag := func(name string) bool {
		f, ok := e.judge.facts.Flags[s.program].Flags[name]
		return ok && !strings.Contains(strings.ToLower(f.Deprecated), "no effect")
	}
	return flag(s.ports[0]) && flag(s.hosts[0])
}

func (e nodeFiles) listener(s socket) []listener {
	l := listener{program: s.program, host: s.host, port: s.port, scheme: s.scheme, from: setting{program: s.program}}
	if s.program == "kube-apiserver" {
		l.port = e.cluster.APIServer.Port
	}
	if given, ok := e.last(s.program, s.hosts...); ok && s.joined {
		l.host, l.port = hostPort(given.value, s.host, s.port)
		l.from = given
	} else if ok {
		l.host = given.value
		l.from = given
	}
	if given, ok := e.last(s.program, s.ports...); ok {
		n, err := strconv.Atoi(given.value)
		if err != nil {
			return nil // What is no number is found elsewhere, and a variable says nothing.
		}
		l.port, l.from = n, given
	}
	if l.port == 0 || strings.Contains(l.host, "$") {
		return nil
	}
	return []listener{l}
}

func atURLs(s setting) []listener {
	var out []listener
	for text := range strings.SplitSeq(s.value, ",") {
		u, err := url.Parse(strings.TrimSpace(text))
		if err != nil || strings.Contains(text, "$") {
			continue
		}
		if port, err := strconv.Atoi(u.Port()); err == nil {
			out = append(out, listener{s.program, u.Hostname(), port, strings.ToUpper(u.Scheme), s})
		}
	}
	return out
}

// collisions are ports that two programs of a node would listen on.
func collisions(all []listener) []problem {
	var out []problem
	for i, a := range all {
		for _, b := range all[:i] {
			if a.port != b.port || a.from == b.from || !includes(a.host, b.host) && !includes(b.host, a.host) {
				continue
			}
			set, other := a, b
			if set.from.name == "" {
				set, other = b, a
			}
			out = append(out, set.problem(
				"port "+strconv.Itoa(a.port)+" of a node belongs to "+other.program+", and "+set.program+" would listen there too", "",
				"write another port"))
		}
	}
	return out
}

// problem of where something listens.
func (l listener) problem(summary, detail, hint string) problem {
	return problem{
		subject: subject{table: pairTable, component: l.program}, argument: argument{name: l.from.name, value: l.from.value},
		words: []string{l.from.name[strings.LastIndexByte(l.from.name, '.')+1:]}, finding: diag.Diagnostic{Summary: summary, Detail: detail, Hint: hint},
	}
}
