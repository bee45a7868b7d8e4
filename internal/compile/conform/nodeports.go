package conform

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/diag"
)

const (
	firstNodePort     = 30000
	rangeFlag         = "service-node-port-range"
	lastNodePort      = 32767
	endpointPortField = "spec.endpoint.port"
	serverPortField   = "spec.apiServer.port"
)

// nodePorts finds listeners inside the range of node ports: kube-proxy takes the connections of such a port away from who
// listens there, once a Service has it.
func (e nodeFiles) nodePorts(listeners []listener) []problem {
	low, high, given := e.portRange()
	var covered []string
	var out []problem
	for _, l := range listeners {
		if l.port < low || l.port > high {
			continue
		}
		if given.name != "" {
			covered = append(covered, fmt.Sprintf("%d (%s)", l.port, l.program))
			continue
		}
		p := l.problem(
			fmt.Sprintf("%s would listen on port %d, and the ports from %d to %d belong to Services", l.program, l.port, low, high),
			"kube-proxy takes a node port away from who listens there.", "write a port outside of that range")
		p.finding.Field = e.portField(l)
		out = append(out, p)
	}
	if len(covered) > 0 {
		out = append(out, problem{
			subject: subject{table: pairTable, component: apiserver}, argument: argument{name: given.name, value: given.value}, words: []string{rangeFlag},
			finding: diag.Diagnostic{
				Summary: fmt.Sprintf("the node ports %s cover ports of the nodes themselves: %s", given.value, strings.Join(covered, ", ")),
				Detail:  "kube-proxy takes a node port away from who listens there.", Hint: "write a range without these, such as 30000-32767",
			},
		})
	}
	return out
}

// portField owns the port of a listener.
func (e nodeFiles) portField(l listener) string {
	switch {
	case l.program == apiserver && l.port == e.cluster.APIServer.Port:
		return serverPortField
	case l.program == "haproxy" && l.port == e.cluster.Endpoint.Port:
		return endpointPortField
	}
	return ""
}

// givenNodePorts is the range that a spec gives its apiservers.
func givenNodePorts(c cluster.Cluster) setting {
	for _, n := range c.Nodes {
		if values := n.Args[apiserver][rangeFlag]; n.Has(cluster.RoleControlPlane) && len(values) > 0 {
			return setting{program: apiserver, name: rangeFlag, value: values[len(values)-1]}
		}
	}
	return setting{}
}

// portRange is that of the apiservers, which nodes without one have to live with too.
func (e nodeFiles) portRange() (low, high int, given setting) {
	low, high, given = firstNodePort, lastNodePort, e.given
	if s, ok := e.last(apiserver, rangeFlag); ok {
		given = s
	}
	if given.name == "" {
		return low, high, given
	}
	first, last, ok := strings.Cut(given.value, "-")
	more := 0
	if !ok {
		var size string
		first, size, _ = strings.Cut(given.value, "+")
		more, _ = strconv.Atoi(size) // What is no number is found where types are.
	}
	a, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil {
		return low, high, setting{}
	}
	low, high = a, a+more
	if ok {
		if high, err = strconv.Atoi(strings.TrimSpace(last)); err != nil {
			return firstNodePort, lastNodePort, setting{}
		}
	}
	return low, high, given
}
