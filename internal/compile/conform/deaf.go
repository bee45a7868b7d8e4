package conform

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/diag"
)

// deaf finds probes that ask where the program of their container does not listen: the kubelet would restart it for ever.
func (e nodeFiles) deaf(listeners []listener) []problem {
	var out []problem
	for _, m := range e.pods {
		spec, _ := m.pod["spec"].(object)
		list, _ := spec["containers"].([]any)
		for _, element := range list {
			c, _ := element.(object)
			out = append(out, e.deafContainer(c, listeners)...)
		}
	}
	return out
}

// deafContainer judges the probes of a program whose sockets are known.
func (e nodeFiles) deafContainer(c object, listeners []listener) []problem {
	command := texts(c["command"])
	if len(command) == 0 {
		return nil
	}
	program := newProgram(command).name
	_, known := e.judge.facts.Flags[program]
	if !known && program != "haproxy" || e.unclear(program) {
		return nil
	}
	own := slices.DeleteFunc(slices.Clone(listeners), func(l listener) bool { return l.program != program })
	if len(own) == 0 && !e.closed(program) {
		return nil // The version's data do not say where it listens, or only the node does.
	}
	var out []problem
	for _, probe := range []string{"startupProbe", "livenessProbe", "readinessProbe"} {
		o, _ := c[probe].(object)
		get, _ := o["httpGet"].(object)
		port, number := get["port"].(int)
		if get == nil || !number {
			continue
		}
		host, scheme := cmp.Or(text(get["host"]), e.node.Address().String()), cmp.Or(text(get["scheme"]), "HTTP")
		if !slices.ContainsFunc(own, func(l listener) bool { return l.port == port && l.scheme == scheme && includes(l.host, host) }) {
			out = append(out, e.deafProbe(program, probe, strings.ToLower(scheme)+"://"+cluster.HostPort(host, port), own))
		}
	}
	return out
}

// closed reports whether a setting of the program has it listen nowhere. etcd answers probes only where a flag says so.
func (e nodeFiles) closed(program string) bool {
	return program == etcd || slices.ContainsFunc(sockets(), func(s socket) bool {
		port, set := e.last(program, s.ports...)
		return s.program == program && set && port.value == "0"
	})
}

func (e nodeFiles) deafProbe(program, probe, asks string, own []listener) problem {
	var where []string
	set := setting{program: program}
	for _, l := range own {
		where = append(where, strings.ToLower(l.scheme)+"://"+cluster.HostPort(cmp.Or(l.host, "*"), l.port))
		if l.from.name != "" {
			set = l.from
		}
	}
	detail := "Nothing listens."
	if len(where) > 0 {
		detail = "It listens at " + strings.Join(where, ", ") + "."
	}
	hint := "set where it listens by extraArgs or a mixin, which the probes follow, and not by a patch of its command"
	if program == etcd {
		hint = "have a URL with http:// in --listen-metrics-urls, by extraArgs or a mixin: the probes ask at the first one, without a certificate"
	}
	return problem{
		subject: subject{table: pairTable, component: program}, argument: argument{name: set.name, value: set.value},
		words: []string{cmp.Or(set.name, probe), probe},
		finding: diag.Diagnostic{
			Summary: fmt.Sprintf("the %s of %s asks %s, where it does not listen", probe, program, asks), Detail: detail, Hint: hint,
		},
	}
}
