//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// elected are the components that elect a leader, with the port of their metrics.
var elected = map[string]int{"kube-controller-manager": 10257, "kube-scheduler": 10259}

// checkAPIServers asks every apiserver itself, not through the balancer.
func checkAPIServers(ctx context.Context, masters []*host, port int) error {
	for _, h := range masters {
		direct, err := newAPI(fmt.Sprintf("https://%s:%d", h.node.Address, port), h.view(), 2*time.Second)
		if err != nil {
			return err
		}
		if err := direct.get(ctx, "/readyz", nil); err != nil {
			return err
		}
		direct.client.CloseIdleConnections()
	}
	return nil
}

// leaders gives the host that leads, by component. It fails unless the lease was renewed after since, its holder is
// one of the masters, and of all masters only that one says that it leads.
func leaders(ctx context.Context, admin api, masters []*host, since time.Time) (map[string]string, error) {
	leading := map[string]string{}
	for component, port := range elected {
		var l lease
		if err := admin.get(ctx, "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/"+component, &l); err != nil {
			return nil, err
		}
		if l.Spec.RenewTime.Before(since) {
			return nil, fmt.Errorf("%s: the lease of %s was renewed last at %s", component, l.Spec.HolderIdentity, l.Spec.RenewTime)
		}
		var sayers []string
		for _, h := range masters {
			says, err := saysItLeads(ctx, h, component, port)
			if err != nil {
				return nil, err
			}
			if says {
				sayers = append(sayers, h.node.Name)
			}
		}
		holder, _, _ := strings.Cut(l.Spec.HolderIdentity, "_")
		if len(sayers) != 1 || sayers[0] != holder {
			return nil, fmt.Errorf("%s: %s holds the lease, and %v say that they lead", component, holder, sayers)
		}
		leading[component] = holder
	}
	return leading, nil
}

// saysItLeads reads the metrics of a component on its host.
func saysItLeads(ctx context.Context, h *host, component string, port int) (bool, error) {
	files := adminFiles(h.root)
	metrics, err := run(h.command(ctx, "curl", "--silent", "--show-error", "--fail", "--insecure", "--max-time", "5",
		"--cert", files.cert, "--key", files.key,
		fmt.Sprintf("https://127.0.0.1:%d/metrics", port)))
	if err != nil {
		return false, err
	}
	return regexp.MatchString(`(?m)^leader_election_master_status\{name="`+component+`"\} 1$`, metrics)
}

// listNodes gives all nodes by name.
func listNodes(ctx context.Context, admin api) (map[string]nodeObject, error) {
	var list struct{ Items []nodeObject }
	if err := admin.get(ctx, "/api/v1/nodes", &list); err != nil {
		return nil, err
	}
	nodes := map[string]nodeObject{}
	for _, n := range list.Items {
		nodes[n.Metadata.Name] = n
	}
	return nodes, nil
}

// checkNodes wants every host registered, and good for each.
func checkNodes(ctx context.Context, admin api, hosts []*host, good func(nodeObject) bool) error {
	nodes, err := listNodes(ctx, admin)
	if err != nil {
		return err
	}
	for _, h := range hosts {
		n, registered := nodes[h.node.Name]
		if !registered {
			return fmt.Errorf("node %s is not registered", h.node.Name)
		}
		if !good(n) {
			return fmt.Errorf("node %s is not there yet: %+v", h.node.Name, n)
		}
	}
	return nil
}

// holderOf gives the host that has an address.
func holderOf(ctx context.Context, hosts []*host, address string) (*host, error) {
	var holders []*host
	for _, h := range hosts {
		out, err := run(h.command(ctx, "ip", "-oneline", "address"))
		if err != nil {
			return nil, err
		}
		if strings.Contains(out, " "+address+"/") {
			holders = append(holders, h)
		}
	}
	if len(holders) != 1 {
		return nil, fmt.Errorf("%d hosts have the address %s, want one", len(holders), address)
	}
	return holders[0], nil
}

// errPending is for a state that takes time.
var errPending = errors.New("pending")

// checkLookup wants the pod on a worker, running, and its log to have the address of the cluster's first service.
func checkLookup(ctx context.Context, admin api, workers map[string]bool) (string, error) {
	var p podObject
	if err := admin.get(ctx, "/api/v1/namespaces/default/pods/lookup", &p); err != nil {
		return "", err
	}
	if !workers[p.Spec.NodeName] || p.Status.Phase != "Running" {
		return "", fmt.Errorf("%w: pod lookup is %s on %q", errPending, p.Status.Phase, p.Spec.NodeName)
	}
	var service struct{ Spec struct{ ClusterIP string } }
	if err := admin.get(ctx, "/api/v1/namespaces/default/services/kubernetes", &service); err != nil {
		return "", err
	}
	log, err := admin.do(ctx, "GET", "/api/v1/namespaces/default/pods/lookup/log", nil)
	if err != nil {
		return "", err
	}
	answer := fmt.Sprintf("%s [%s]", lookupName, service.Spec.ClusterIP)
	if !strings.Contains(string(log), answer) {
		return "", fmt.Errorf("%w: pod lookup says %.300s", errPending, log)
	}
	return answer + " on " + p.Spec.NodeName, nil
}

// lookupName is short: the pod's resolver adds the domain that the kubelet wrote.
const lookupName = "kubernetes.default.svc"

// lookupPod has no tolerations, so that it fits on a worker alone.
func lookupPod() map[string]any {
	return map[string]any{
		"apiVersion": "v1",
		"kind":       "Pod",
		"metadata":   map[string]any{"name": "lookup"},
		"spec": map[string]any{
			"automountServiceAccountToken":  false,
			"terminationGracePeriodSeconds": 1,
			"containers": []map[string]any{{
				"name":  "lookup",
				"image": sandboxImage,
				"args":  []string{"lookup", lookupName},
			}},
		},
	}
}
