package cluster

import (
	"fmt"
	"slices"

	"github.com/harender/harender/internal/diag"
)

// allRoles in the order in which they are merged.
func allRoles() []Role { return []Role{RoleEtcd, RoleControlPlane, RoleLoadBalancer, RoleWorker} }

func roleNames() []string {
	var names []string
	for _, role := range allRoles() {
		names = append(names, string(role))
	}
	return names
}

// roles brings the node's roles into the order of merging.
func roles(r *report, field diag.Path, texts []string) []Role {
	if len(texts) == 0 {
		r.error(field, "the node has no role", "give it one or more of etcd, control-plane, load-balancer and worker")
	}
	for i, text := range texts {
		switch {
		case !slices.Contains(allRoles(), Role(text)):
			r.error(field.Index(i), "unknown role "+diag.Quote(text), roleHint(text))
		case slices.Contains(texts[:i], text):
			r.error(field.Index(i), "the role "+text+" is given twice", "remove one of the two")
		}
	}
	var out []Role
	for _, role := range allRoles() {
		if slices.Contains(texts, string(role)) {
			out = append(out, role)
		}
	}
	return out
}

func roleHint(text string) string {
	switch text {
	case "master", "controlplane", "controller", "control_plane", "apiserver":
		return "did you mean control-plane?"
	case "lb", "balancer", "loadbalancer", "loadBalancer", "haproxy", "keepalived", "director":
		return "did you mean load-balancer?"
	}
	return choose(text, roleNames())
}

// checkQuorum holds the rules of a highly available control plane.
func checkQuorum(r *report, nodes []Node) {
	if len(nodes) == 0 {
		return
	}
	members, servers := withRole(nodes, RoleEtcd), withRole(nodes, RoleControlPlane)
	switch n := len(members); {
	case n == 0:
		r.error(nodesField, "no node has the role etcd", "give it to one, three or five nodes")
	case n%2 == 0:
		r.error(nodesField, fmt.Sprintf("etcd has %d members, an even number", n), fmt.Sprintf(
			"%d members survive no more failures than %d; remove one, or add one", n, n-1))
	case n == 1 && len(servers) > 1:
		r.warning(nodesField, "etcd has one member, and the cluster stops with it", "give three nodes the role etcd")
	}
	switch len(servers) {
	case 0:
		r.error(nodesField, "no node has the role control-plane", "give it to one node or, for a control plane that survives the loss of one, to three")
	case 1:
		r.warning(nodesField, "the cluster has one control plane node, and no API without it", "give three nodes the roles etcd and control-plane")
	}
}

func withRole(nodes []Node, role Role) []Node {
	var out []Node
	for _, n := range nodes {
		if n.Has(role) {
			out = append(out, n)
		}
	}
	return out
}
