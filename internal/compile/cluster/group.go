package cluster

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

// group is what a level of the spec adds to its nodes, checked once however many nodes it has.
type group struct {
	pin      pin
	labels   map[string]string
	taints   []Taint
	overlays []string
	args     Args
	disks    Disks
}

// groups are the levels above the node.
type groups struct {
	cluster group
	roles   map[Role]group
	pools   map[string]group
}

func resolveGroups(r *report, s spec.Spec, known Releases) groups {
	g := groups{
		cluster: group{overlays: overlays(r, "spec.overlays", s.Overlays), args: args(r, "spec.extraArgs", s.ExtraArgs)},
		roles:   make(map[Role]group, len(s.Roles)),
		pools:   make(map[string]group, len(s.Pools)),
	}
	for _, name := range slices.Sorted(maps.Keys(s.Roles)) {
		at := diag.Path("spec.roles").Key(name)
		if !slices.Contains(allRoles(), Role(name)) {
			r.error(at, "unknown role "+diag.Quote(name), roleHint(name))
		}
		g.roles[Role(name)] = resolveGroup(r, at, s.Roles[name], known)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Pools)) {
		at := diag.Path("spec.pools").Key(name)
		poolName(r, at, name)
		if !slices.ContainsFunc(s.Nodes, func(n spec.Node) bool { return n.Pool == name }) {
			checkPool(r, at, name, s)
		}
		g.pools[name] = resolveGroup(r, at, s.Pools[name], known)
	}
	return g
}

// checkPool finds a pool without nodes. Where nodes are in one that is nearly called so, and that nothing is said of, one of
// the two names is misspelt.
func checkPool(r *report, at diag.Path, name string, s spec.Spec) {
	var used []string
	for _, n := range s.Nodes {
		if _, said := s.Pools[n.Pool]; n.Pool != "" && !said {
			used = append(used, n.Pool)
		}
	}
	summary := "no node is in the pool " + diag.Quote(name)
	near := diag.Nearest(name, used)
	if near == "" {
		r.warning(at, summary, "remove it, or write pool: "+name+" at its nodes")
		return
	}
	i := slices.IndexFunc(s.Nodes, func(n spec.Node) bool { return n.Pool == near })
	r.warning(at, summary+", and spec.pools says nothing of "+diag.Quote(near)+", which is the pool of "+s.Nodes[i].Name,
		"write the same name in both places: "+near+" here, or pool: "+name+" at "+string(nodesField.Index(i)))
}

func resolveGroup(r *report, at diag.Path, g spec.Group, known Releases) group {
	return group{
		pin:      pinned(r, at.Key("kubernetesVersion"), g.KubernetesVersion, known),
		labels:   labels(r, at.Key("labels"), g.Labels),
		taints:   taints(r, at.Key("taints"), g.Taints),
		overlays: overlays(r, at.Key("overlays"), g.Overlays),
		args:     args(r, at.Key("extraArgs"), g.ExtraArgs),
		disks:    disks(r, at.Key("storage"), g.Storage),
	}
}

func ownGroup(r *report, at diag.Path, n spec.Node, known Releases) group {
	g := spec.Group{KubernetesVersion: n.KubernetesVersion, Labels: n.Labels, Taints: n.Taints, Overlays: n.Overlays, ExtraArgs: n.ExtraArgs, Storage: n.Storage}
	return resolveGroup(r, at, g, known)
}

func overlays(r *report, field diag.Path, names []string) []string {
	for i, name := range names {
		if len(validation.IsDNS1123Label(name)) > 0 {
			r.error(field.Index(i), "the overlay "+diag.Quote(name)+" is not the name of a folder of overlays/", labelHint(name))
		}
	}
	return names
}

// addTo merges into a node what all levels say: cluster, roles, pool, node; the later wins.
func (g groups) addTo(n *Node, own group) {
	levels := []group{g.cluster, {taints: defaultTaints(*n)}}
	for _, role := range n.Roles {
		levels = append(levels, g.roles[role])
	}
	levels = append(levels, g.pools[n.Pool], own)
	n.Labels, n.Args = map[string]string{}, Args{}
	for _, l := range levels {
		maps.Copy(n.Labels, l.labels)
		n.Taints = mergeTaints(n.Taints, l.taints)
		n.Overlays = mergeOverlays(n.Overlays, l.overlays)
		mergeArgs(n.Args, l.args)
		mergeDisks(&n.Storage, l.disks)
		if l.pin.field != "" {
			n.Version, n.versionField = l.pin.version, l.pin.field
		}
	}
}

// defaultTaints keep workloads off nodes that are no workers.
func defaultTaints(n Node) []Taint {
	switch {
	case n.Has(RoleWorker):
		return nil
	case n.Has(RoleControlPlane):
		return []Taint{{Key: controlPlaneKey(n.Version), Effect: "NoSchedule"}}
	case n.Has(RoleEtcd):
		return []Taint{{Key: "node-role.kubernetes.io/etcd", Effect: "NoSchedule"}}
	case n.Has(RoleLoadBalancer):
		return []Taint{{Key: "node-role.kubernetes.io/load-balancer", Effect: "NoSchedule"}}
	}
	return nil
}

// controlPlaneKey is what the taint of the control plane is called: master before 1.24 (KEP-2067).
func controlPlaneKey(v Version) string {
	if v.Before(24) {
		return "node-role.kubernetes.io/master"
	}
	return "node-role.kubernetes.io/control-plane"
}

func mergeTaints(into, add []Taint) []Taint {
	for _, t := range add {
		i := slices.IndexFunc(into, func(have Taint) bool { return have.Key == t.Key && have.Effect == t.Effect })
		if i < 0 {
			into = append(into, t)
			continue
		}
		into[i].Value = t.Value
	}
	return into
}

// mergeOverlays keeps the first of equal names.
func mergeOverlays(into, add []string) []string {
	for _, name := range add {
		if !slices.Contains(into, name) {
			into = append(into, name)
		}
	}
	return into
}

func mergeArgs(into, add Args) {
	for component, flags := range add {
		if into[component] == nil {
			into[component] = make(map[string][]string, len(flags))
		}
		maps.Copy(into[component], flags)
	}
}
