package upgrade

import (
	"cmp"
	"fmt"
	"regexp"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/layout"
)

// Manifest of etcd, which has the version of the member in the tag of its image.
const Manifest = layout.Manifests + "etcd.yaml"

var etcdImage = regexp.MustCompile(`(?m)^\s*(?:- )?image:\s*["']?\S*etcd\S*?:v?(\d+\.\d+\.\d+)`)

// etcdVersion is that of a member; not ok for one that is no pod of the tree, or whose image has another kind of tag.
func etcdVersion(files Files) (cluster.Version, bool) {
	m := etcdImage.FindSubmatch(files(Manifest))
	if m == nil {
		return cluster.Version{}, false
	}
	return cluster.ParseVersion(string(m[1]))
}

// etcdNotice is about a member that goes to another minor of etcd.
func etcdNotice(n Node, steps map[string]release.EtcdStep) (Notice, bool) {
	was, known := etcdVersion(n.Old)
	is, also := etcdVersion(n.New)
	minors := is.Minors(was)
	if !known || !also || minors == 0 {
		return Notice{}, false
	}
	step := steps[is.Series()]
	out := Notice{
		Summary: fmt.Sprintf("etcd goes from %s to %s", was, is), Detail: step.Detail, Source: step.Source, AtLeast: step.AtLeast,
		Hint: "take a snapshot, and compare etcdctl member list with the spec before the first member restarts",
	}
	least, told := cluster.ParseVersion(step.AtLeast)
	switch {
	case minors < 0:
		out.AtLeast, out.Detail = "", "An older etcd does not start with the data of a newer one unless etcdctl downgrade was told before, one minor at a time."
		out.Hint = "run etcdctl downgrade validate and enable " + is.Series() + " first, or keep the image of " + was.Series()
	case minors > 1:
		out.Barred, out.Summary = true, fmt.Sprintf("etcd cannot go from %s to %s", was, is)
		out.Detail = "etcd leaves out no minor: each makes its data ready for the next."
		out.Hint = "take the minors one by one, a build and a rollout each"
	case told && before(was, least):
		out.Barred, out.Summary = true, fmt.Sprintf("etcd cannot go from %s to %s: every member has to run %s or later before", was, is, least)
		out.Hint = fmt.Sprintf("stay with the minor of Kubernetes first, with etcd %s or later: build, roll out to all members, "+
			"compare etcdctl member list with the spec, and then go on", least)
	case told:
		out.Summary += fmt.Sprintf(": every member has to run %s or later before", least)
	}
	return out, true
}

func before(a, b cluster.Version) bool {
	return cmp.Or(cmp.Compare(a.Minors(b), 0), cmp.Compare(a.Patch, b.Patch)) < 0
}
