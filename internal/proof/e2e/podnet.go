//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
)

// Which pod network a cluster runs is its user's choice, and so this one is the test's: a point-to-point link for each
// pod, and routes between the hosts.
const (
	cniPlugins   = "/usr/lib/cni"
	cniConfigDir = "/etc/cni/net.d"
)

// joinPodNetwork gives a host the range of pod addresses that the controller manager chose for its node.
func joinPodNetwork(h *host, ranges []string) error {
	var subnets [][]map[string]string
	var routes []map[string]string
	for _, r := range ranges {
		subnets = append(subnets, []map[string]string{{"subnet": r}})
	}
	routes = append(routes, map[string]string{"dst": "0.0.0.0/0"})
	config, err := json.MarshalIndent(map[string]any{
		"cniVersion": "1.0.0",
		"name":       "pods",
		"plugins": []map[string]any{{
			"type": "ptp",
			"ipam": map[string]any{"type": "host-local", "ranges": subnets, "routes": routes},
		}},
	}, "", "  ")
	if err != nil {
		return err
	}
	return writeTexts(filepath.Join(h.root, cniConfigDir), map[string]string{"10-pods.conflist": string(config)})
}

// routePods tells a host the way to another host's pods.
func routePods(ctx context.Context, h, other *host, ranges []string) error {
	for _, r := range ranges {
		err := runAll(ctx, h.command, fmt.Sprintf("ip route replace %s via %s", r, other.node.Address))
		if err != nil {
			return err
		}
	}
	return nil
}
