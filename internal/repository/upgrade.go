package repository

import (
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/change/upgrade"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
)

// steps finds nodes whose control plane or etcd would leave out a minor of Kubernetes on its way from the output's version
// to the spec's, or go back; back to an older patch is a warning. Kubelets may: they are held to the apiservers alone.
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
		if key := from.String() + d.Field; wrong && !told[key] {
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
		Hint: "; for machines that begin again, with no data of etcd, build with --rebuilt",
	}
	switch minors := to.Minors(from); {
	case minors > 1:
		d.Detail = "An apiserver leaves out no minor: each makes the stored objects ready for the next."
		d.Hint = "take the minors one by one: " + way(from, to) + ", a build and a rollout each" + d.Hint
	case minors < 0:
		d.Detail = "That is a downgrade: an older apiserver cannot read all that a newer one has stored."
		d.Hint = "stay with " + from.Series() + ", or restore the snapshot of etcd from before the upgrade" + d.Hint
	case minors == 0 && to.Patch < from.Patch:
		d.Severity, d.Summary = diag.Warning, fmt.Sprintf("%s runs Kubernetes %s, and %s is a downgrade", n.Name, from, to)
		d.Detail = "What later patches mend, security included, is back."
		d.Hint = "write " + from.String() + ", if you do not mean to go back"
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

// crossings says what the steps between versions ask for that the nodes would take from the output. What they cannot take is
// an error, and all else a warning.
func crossings(dir *os.Root, c compile.Compiled) diag.List {
	was, err := tree.Running(dir.Name(), Output)
	if err != nil {
		return nil // As in steps.
	}
	files := func(name string) upgrade.Files {
		return func(file string) []byte {
			content, err := dir.ReadFile(path.Join(Output, name, file))
			if err != nil {
				return nil // A file that is not there; verify is about what should be.
			}
			return content
		}
	}
	var nodes []upgrade.Node
	fields := map[string]string{}
	for _, n := range c.Plan.Nodes {
		from, known := cluster.ParseVersion(was[n.Cluster.Name])
		if !known {
			continue
		}
		fields[n.Cluster.Name] = n.Cluster.VersionField()
		nodes = append(nodes, upgrade.Node{
			Name: n.Cluster.Name, Was: from, Is: n.Cluster.Version, Old: files(n.Cluster.Name), New: content(c.Rendered.Nodes[n.Cluster.Name]),
		})
	}
	steps, list := release.ReadSteps(c.Layers)
	fleet := diff.FleetOf(c.Plan.Cluster)
	for _, x := range upgrade.Notices(nodes, steps, files(tree.Addons), content(c.Rendered.Shared.Addons)) {
		d := diag.Diagnostic{
			Severity: diag.Warning, Field: fields[x.Nodes[0]], Summary: fleet.Name(x.Nodes) + ": " + x.Summary, Detail: x.Detail, Hint: x.Hint,
		}
		if x.Barred {
			d.Severity = diag.Error
			d.Hint += "; for machines that begin again, build with --rebuilt"
		}
		list = append(list, d)
	}
	return list
}

// content finds a rendered file by its path.
func content(files []tree.File) upgrade.Files {
	return func(path string) []byte {
		for _, f := range files {
			if f.Path == path {
				return f.Content.Bytes()
			}
		}
		return nil
	}
}

// notices are those of a comparison.
func notices(c compile.Compiled, was, is diff.Side) ([]upgrade.Notice, diag.List) {
	files := func(side diff.Side, name string) upgrade.Files {
		return func(path string) []byte { return side.Directories[name].Files[path].Content }
	}
	var nodes []upgrade.Node
	for _, n := range c.Plan.Nodes {
		name := n.Cluster.Name
		from, known := cluster.ParseVersion(was.Directories[name].Kubernetes)
		if known {
			nodes = append(nodes, upgrade.Node{Name: name, Was: from, Is: n.Cluster.Version, Old: files(was, name), New: files(is, name)})
		}
	}
	steps, list := release.ReadSteps(c.Layers)
	return upgrade.Notices(nodes, steps, files(was, tree.Addons), files(is, tree.Addons)), list
}
