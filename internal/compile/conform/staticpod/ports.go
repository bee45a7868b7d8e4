package staticpod

import (
	"fmt"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/harender/harender/internal/diag"
)

const highestPort = 65535

func isPort(n int) bool { return n > 0 && n <= highestPort }

// number of a whole number, as YAML and JSON give it.
func number(v any) (int, bool) {
	switch v := v.(type) {
	case int:
		return v, true
	case float64:
		return int(v), v == float64(int(v))
	}
	return 0, false
}

// ports of a container. On the host's network they are the host's.
func (j *judge) ports(container string, c map[string]any, hostNetwork bool) {
	names := map[string]bool{}
	for _, p := range objects(c["ports"]) {
		port, _ := number(p["containerPort"])
		if !isPort(port) {
			j.refuse("write a containerPort from 1 to 65535", []string{"containerPort"}, "container %s has a port %v", container, p["containerPort"])
			continue
		}
		if host, ok := number(p["hostPort"]); ok && host != 0 && (!isPort(host) || hostNetwork && host != port) {
			j.refuse(fmt.Sprintf("write hostPort: %d, or remove it", port), []string{"hostPort"}, "container %s has hostPort %d beside containerPort %d", container, host, port)
		}
		j.oneOf("protocol", text(p["protocol"]), []string{"TCP", "UDP", "SCTP"})
		name := text(p["name"])
		if name == "" {
			continue
		}
		if len(validation.IsValidPortName(name)) > 0 {
			j.refuse("use at most 15 lower case letters, digits and -, one letter at least", []string{name}, "%s is no name of a port", diag.Quote(name))
		}
		if names[name] {
			j.refuse("rename one", []string{name}, "two ports of container %s are called %s", container, name)
		}
		names[name] = true
	}
}

// hostPorts are there once.
func (j *judge) hostPorts(spec map[string]any) {
	seen := map[string]bool{}
	for _, c := range objects(spec["containers"]) {
		for _, p := range objects(c["ports"]) {
			host, _ := number(p["hostPort"])
			if port, _ := number(p["containerPort"]); host == 0 && spec["hostNetwork"] == true {
				host = port
			}
			protocol := text(p["protocol"])
			if protocol == "" {
				protocol = "TCP"
			}
			key := fmt.Sprintf("%s/%s/%d", protocol, text(p["hostIP"]), host)
			if host != 0 && seen[key] {
				j.refuse("a patch finds a port by its containerPort and protocol; remove one, or give it another port",
					[]string{fmt.Sprint(host)}, "port %d of the host is taken twice", host)
			}
			seen[key] = true
		}
	}
}
