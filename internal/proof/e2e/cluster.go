//go:build e2e

package e2e

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"

	"sigs.k8s.io/yaml"
)

// node is a machine as the spec names it.
type node struct {
	Name    string
	Address netip.Addr
	Roles   []string
}

func (n node) is(role string) bool { return slices.Contains(n.Roles, role) }

// clusterSpec is what the hosts' surroundings need to know of a cluster document.
type clusterSpec struct {
	Spec struct {
		Endpoint  struct{ Host string }
		APIServer struct{ Port int }
		Networks  struct{ Nodes []netip.Prefix }
		Nodes     []node
	}
}

// readCluster reads the document that init wrote.
func readCluster(repository string) (clusterSpec, error) {
	var c clusterSpec
	text, err := os.ReadFile(filepath.Join(repository, "cluster.yaml"))
	if err != nil {
		return c, err
	}
	if err := yaml.Unmarshal(text, &c); err != nil {
		return c, err
	}
	if c.Spec.APIServer.Port == 0 {
		c.Spec.APIServer.Port = 6443
	}
	return c, nil
}

// endpoint is the address of the apiservers' balancer as a node's kubelet has it.
func endpoint(root string) (string, error) {
	var config struct {
		Clusters []struct{ Cluster struct{ Server string } }
	}
	path := filepath.Join(root, "etc/kubernetes/kubelet.conf")
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if err := yaml.Unmarshal(text, &config); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	if len(config.Clusters) != 1 {
		return "", fmt.Errorf("%s names %d clusters, want one", path, len(config.Clusters))
	}
	return config.Clusters[0].Cluster.Server, nil
}
