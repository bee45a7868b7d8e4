package rollout

import (
	"cmp"
	"net/netip"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/layout"
)

// healthFlag is a flag of a kubelet that has no configuration file.
var healthFlag = regexp.MustCompile(`--healthz-(bind-address|port)=([^\s"]+)`)

// kubeletRuns is for the kubelet itself: for most of a minute, an apiserver takes a node for ready whose kubelet is gone. It
// asks where that node's kubelet says so.
func kubeletRuns(d diff.Directory) Command {
	const why = "the kubelet runs"
	config := struct {
		Host string `yaml:"healthzBindAddress"`
		Port *int   `yaml:"healthzPort"`
	}{}
	for _, path := range []string{"var/lib/kubelet/config.yaml", "etc/kubernetes/patches/kubeletconfiguration+merge.yaml"} {
		// What is no YAML is told by who renders it.
		_ = yaml.Unmarshal(d.Files[path].Content, &config)
	}
	for _, m := range healthFlag.FindAllSubmatch(d.Files[layout.Units+"kubelet.service.d/20-harender.conf"].Content, -1) {
		if n, err := strconv.Atoi(string(m[2])); string(m[1]) == "port" && err == nil {
			config.Port = &n
		} else if string(m[1]) == "bind-address" {
			config.Host = string(m[2])
		}
	}
	port := 10248
	if config.Port != nil {
		port = *config.Port
	}
	if port == 0 {
		return Command{CurrentNode, "systemctl is-active kubelet", why, false}
	}
	host := cmp.Or(config.Host, "127.0.0.1")
	switch ip, _ := netip.ParseAddr(host); ip {
	case netip.IPv6Unspecified():
		host = "::1"
	case netip.IPv4Unspecified():
		host = "127.0.0.1"
	}
	return Command{CurrentNode, curl + " http://" + cluster.HostPort(host, port) + "/healthz", why, false}
}
