package repository

import (
	"maps"
	"os"
	"slices"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/change/rollout"
	"github.com/harender/harender/internal/diag"
)

// Restoration is the way of a cluster back to a snapshot of its etcd.
type Restoration struct {
	Cluster string         `json:"cluster"`
	SHA256  string         `json:"sha256"`
	Steps   []rollout.Step `json:"steps"`
	Fleet   diff.Fleet     `json:"-"`
}

// Restore tells the way of the cluster of the repository at root, as its output has it, back to the snapshot in a file. New are
// nodes whose machines are new. It needs no key, and writes nothing.
func Restore(root string, env Environment, file string, fresh []string) (Restoration, diag.List) {
	s, list := env.readSnapshot(file)
	dir, found := open(root)
	if list = append(list, found...); list.HasErrors() {
		return Restoration{}, list
	}
	out, found := restoration(dir, env, s, fresh)
	return out, slices.Concat(list, found, closeRoot(dir))
}

func restoration(dir *os.Root, env Environment, s rollout.Snapshot, fresh []string) (Restoration, diag.List) {
	base, name, _ := based(dir, "")
	output, list := readBase(base, name)
	c, found := compileRepository(dir, env)
	if list = append(list, found...); list.HasErrors() {
		return Restoration{}, list
	}
	fleet := diff.FleetOf(c.Plan.Cluster)
	known := facts(c.Plan, fleet)
	list = append(list, restorable(output, known, fresh)...)
	if list.HasErrors() {
		return Restoration{}, list
	}
	s.Cluster, s.At, s.New = c.Plan.Cluster.Name, env.Now(), fresh
	return Restoration{s.Cluster, s.SHA256, rollout.Restore(diff.Side{Directories: output}, known, s), fleet}, list
}

// restorable finds why there is no way.
func restorable(output map[string]diff.Directory, known rollout.Facts, fresh []string) diag.List {
	const build = "run harender build, or check out the revision that the nodes have"
	var list diag.List
	members := 0
	for _, name := range slices.Sorted(maps.Keys(output)) {
		if !output[name].Member() {
			continue
		}
		members++
		if _, there := known.Addresses[name]; !there {
			list = append(list, diag.Diagnostic{Summary: "the spec does not have " + diag.Quote(name) + ", which is a member of etcd in " + Output + "/", Hint: build})
		}
	}
	if members == 0 {
		list = append(list, diag.Diagnostic{
			Summary: "no node in " + Output + "/ is a member of etcd",
			Hint:    "restore an external etcd by its own means; or " + build,
		})
	}
	for _, n := range fresh {
		if d := output[n]; !d.Member() && !d.APIServer() {
			hint := "name a node whose machine is new; any other that has neither can come when all is well"
			if near := diag.Nearest(n, slices.Collect(maps.Keys(output))); near != "" && near != n {
				hint = "did you mean " + near + "?"
			}
			list = append(list, diag.Diagnostic{Summary: "--new " + diag.Quote(n) + ": that is no node with a member of etcd or an apiserver", Hint: hint})
		}
	}
	return list
}
