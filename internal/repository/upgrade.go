package repository

import (
	"fmt"
	"strings"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
)

// steps finds nodes whose control plane or etcd would leave out a minor of Kubernetes on its way from the output's version
// to the spec's, or go back. Kubelets may: they are held to the apiservers alone.
func steps(root string, p plan.Plan) diag.List {
	was, err := tree.Running(root, Output)
	if err != nil {
		return nil // Writing the output meets the same obstacle, and says so.
	}
	var list diag.List
	told := map[string]bool{}
	for _, n := range p.Nodes {
		from, known := cluster.ParseVersion(was[n.Cluster.Name])
		to := n.Cluster.Version
		if !known || !n.Cluster.Has(cluster.RoleControlPlane) && !n.Cluster.Has(cluster.RoleEtcd) {
			continue
		}
		d, wrong := step(n.Cluster, from, to)
		if key := from.Series() + d.Field; wrong && !told[key] {
			told[key] = true
			list = append(list, d)
		}
	}
	return list
}

// step judges the way of one node.
func step(n cluster.Node, from, to cluster.Version) (diag.Diagnostic, bool) {
	d := diag.Diagnostic{
		Field: n.VersionField(), Summary: fmt.Sprintf("%s runs Kubernetes %s, and cannot go to %s", n.Name, from, to),
		Hint: "; for machines that begin anew, with no data of etcd, build with --rebuilt",
	}
	switch minors := to.Minors(from); {
	case minors > 1:
		d.Detail = "An apiserver leaves out no minor: each makes the stored objects ready for the next."
		d.Hint = "take the minors one by one: " + way(from, to) + ", a build and a rollout each" + d.Hint
	case minors < 0:
		d.Detail = "An older apiserver cannot read all that a newer one has stored."
		d.Hint = "stay with " + from.Series() + ", or restore the snapshot of etcd from before the upgrade" + d.Hint
	default:
		return diag.Diagnostic{}, false
	}
	return d, true
}

// way has every minor from the one to the other, of one major.
func way(from, to cluster.Version) string {
	if from.Major != to.Major {
		return from.Series() + " -> " + to.Series()
	}
	var minors []string
	for v := from; v.Minors(to) <= 0; v.Minor++ {
		minors = append(minors, v.Series())
	}
	return strings.Join(minors, " -> ")
}
