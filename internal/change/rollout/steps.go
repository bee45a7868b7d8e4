package rollout

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/deliver/tree"
)

// steps are in the order in which components may meet: members of etcd and apiservers one by one, then the cluster's own
// objects, then what is new, then kubelets without a control plane.
func (t planner) steps(i Impact) []Step {
	if t.fresh() {
		return t.beginning()
	}
	out := slices.Concat(t.inspection(), t.leaveEndpoint(), t.leaving(i.Members))
	if t.ownFirst() {
		return slices.Concat(out, t.followers(), t.leaders(), t.addons(), t.newcomers(), t.removeNodes())
	}
	return slices.Concat(out, t.leaders(), t.kubelets(), t.addons(), t.followers(), t.newcomers(), t.removeNodes())
}

// serves reports whether a node has a member of etcd or an apiserver.
func serves(d diff.Directory) bool { return d.Member() || d.APIServer() }

func follows(d diff.Directory) bool { return !serves(d) }

// leaders are members and apiservers: those that are there one by one, and those that come before or after them.
func (t planner) leaders() []Step {
	var out []Step
	joining := t.joiners()
	for _, n := range t.those(t.now, serves) {
		if t.touched()[n] && !slices.Contains(joining, n) && !t.waits(n) {
			out = t.followed(out, t.delivery([]string{n}, t.present(), "1"))
		}
	}
	if t.joinsFirst() {
		return append(t.joining(), out...)
	}
	return append(out, t.joining()...)
}

// followed adds a step, to the one before if they differ in their nodes alone. Each node has a turn of its own.
func (t planner) followed(all []Step, s Step) []Step {
	last := len(all) - 1
	if last < 0 || !alike(all[last], s) {
		return append(all, s)
	}
	all[last].Nodes = append(all[last].Nodes, s.Nodes...)
	all[last].Title = t.title(all[last])
	return all
}

func alike(a, b Step) bool {
	_, a.Title, _ = strings.Cut(a.Title, ":")
	_, b.Title, _ = strings.Cut(b.Title, ":")
	a.Nodes, b.Nodes = nil, nil
	return reflect.DeepEqual(a, b)
}

// joinsFirst: new members join before the others restart, of whom none can be away.
func (t planner) joinsFirst() bool {
	return spare(t.remaining()) == 0 && len(t.those(t.now, diff.Directory.Member)) > len(t.remaining())
}

// spare is how many of the members can be away.
func spare(members []string) int { return max(0, (len(members)-1)/2) }

// beginning is that of a new cluster, whose members wait for each other.
func (t planner) beginning() []Step {
	s := t.delivery(t.facts.Fleet.Nodes, nil, "100%")
	s.Kind, s.Restart, s.After = Beginning, nil, nil // They start with their machines.
	for _, n := range t.those(t.now, diff.Directory.APIServer) {
		s.After = append(s.After, t.ready(n))
	}
	return []Step{s.whole()}
}

// inspection looks before anything is touched.
func (t planner) inspection() []Step {
	s := Step{Kind: Inspection, Title: "see that all is well"}
	if members := t.remaining(); len(members) > 0 {
		s.Before = append(s.Before, t.healthy(members[0], members))
		s.Before = append(s.Before, t.listed(members[0], members)...)
	}
	for _, n := range t.those(t.old, diff.Directory.APIServer) {
		if t.facts.Addresses[n].IsValid() {
			s.Before = append(s.Before, t.ready(n))
		}
	}
	s.Before = append(s.Before, t.preconditions(t.remaining())...)
	for _, n := range t.joiners() {
		if slices.Contains(t.replaced, n) && t.joinsByPlan(n) {
			s.Before = append(s.Before, t.emptyDisk(n))
		}
	}
	if len(s.Before) == 0 {
		return nil
	}
	return []Step{s.whole()}
}

// remaining are the members of etcd on both sides.
func (t planner) remaining() []string {
	return slices.DeleteFunc(t.those(t.now, diff.Directory.Member), func(n string) bool { return !t.old.Directories[n].Member() })
}

// addons brings the cluster's own objects, which may want an apiserver that is new.
func (t planner) addons() []Step {
	changed := slices.ContainsFunc(t.diff.Changes, func(c diff.Change) bool { return slices.Contains(c.Nodes, tree.Addons) })
	servers := t.those(t.now, diff.Directory.APIServer)
	if !changed || len(servers) == 0 {
		return nil
	}
	return []Step{Step{
		Kind:   Addons,
		Title:  "the cluster's own objects",
		Before: []Command{{servers[0], kubectl + " apply -k rendered/addons", "the folder has to be there, or kubectl where the folder is", false}},
	}.whole()}
}

// followers are nodes that others do without for a while. Those with equal restarts go together, the first of them alone.
func (t planner) followers() []Step {
	var out []Step
	touched := t.touched()
	groups := map[string]int{}
	for _, n := range t.those(t.now, follows) {
		if !touched[n] {
			continue
		}
		s := t.delivery([]string{n}, nil, "1", "10%")
		if t.changesKubelet(n) {
			s = t.withKubelet(s, n)
		}
		_, named, _ := strings.Cut(s.Title, ":")
		key := fmt.Sprint(named, t.now.Directories[n].Duties(), s.Restart)
		if i, known := groups[key]; known {
			out[i].Nodes = append(out[i].Nodes, n)
			continue
		}
		groups[key] = len(out)
		out = append(out, s)
	}
	for i, s := range out {
		if t.now.Directories[s.Nodes[0]].Kubelet() {
			continue
		}
		out[i].Serial = []string{"1"} // A balancer of its own.
	}
	for i := range out {
		out[i].Title = t.title(out[i])
	}
	return out
}

// delivery gives nodes their files. members are those of etcd at that time.
func (t planner) delivery(nodes, members []string, serial ...string) Step {
	happening := t.turn(nodes[0])
	s := Step{
		Kind: Delivery, Nodes: slices.Clone(nodes), Serial: serial, Held: t.held(nodes[0]),
		Before: ends(happening), Restart: t.settings(nodes[0]), After: t.checks(nodes[0], members),
	}
	if units := named(happening, starts, isUnit); len(units) > 0 {
		s.Restart = append(s.Restart, start(units))
	}
	if names := named(happening, restarts, nil); len(names) > 0 {
		s.Restart = append(s.Restart, restart(names))
	}
	s.Title = t.title(s)
	return s.whole()
}

// settings are taken when the machine starts, and now before anything needs them.
func (t planner) settings(node string) []Command {
	below := func(folder string) bool {
		return slices.ContainsFunc(t.diff.Changes, func(c diff.Change) bool {
			return strings.HasPrefix(c.Path, folder) && slices.Contains(c.Nodes, node)
		}) || t.comes(node) && slices.ContainsFunc(slices.Collect(maps.Keys(t.now.Directories[node].Files)), func(name string) bool {
			return strings.HasPrefix(name, folder)
		})
	}
	var out []Command
	if below("etc/modules-load.d/") {
		out = append(out, Command{CurrentNode, "systemctl restart systemd-modules-load", "the kernel loads its modules", false})
	}
	if below("etc/sysctl.d/") {
		out = append(out, Command{CurrentNode, "sysctl --system", "the kernel takes its settings", false})
	}
	if below("etc/tmpfiles.d/") {
		out = append(out, Command{CurrentNode, "systemd-tmpfiles --create", "folders of services are made", false})
	}
	return out
}

// turn is what happens on a node with its delivery. Files of a kubelet of another version may be of that version alone: it
// restarts when its program is there. What is held restarts with it.
func (t planner) turn(node string) map[string]string {
	out := t.actions(node)
	if t.changesKubelet(node) {
		delete(out, "kubelet.service")
	}
	if t.holds(node) {
		maps.DeleteFunc(out, func(name, _ string) bool { return slices.Contains(late(), name) })
	}
	return out
}

func (t planner) title(s Step) string {
	out := t.facts.Fleet.Name(s.Nodes)
	var parts []string
	happening := t.turn(s.Nodes[0])
	if t.changesKubelet(s.Nodes[0]) && follows(t.now.Directories[s.Nodes[0]]) {
		parts = append(parts, t.kubeletTitle(s.Nodes[0]))
	}
	for _, what := range []string{restarts, starts, stops} {
		if names := named(happening, what, nil); len(names) > 0 {
			parts = append(parts, strings.Join(names, ", ")+" "+strings.TrimSuffix(what, plural(names)))
		}
	}
	switch {
	case slices.Contains(t.replaced, s.Nodes[0]):
		return out + ": another machine"
	case t.comes(s.Nodes[0]):
		return out + ": new"
	}
	if len(parts) == 0 {
		return out + ": files alone, nothing restarts"
	}
	return out + ": " + strings.Join(parts, "; ")
}

// plural is what the verb loses behind several names.
func plural(names []string) string {
	if len(names) > 1 {
		return "s"
	}
	return ""
}

// whole has empty lists for none.
func (s Step) whole() Step {
	s.Nodes, s.Serial, s.Held = append([]string{}, s.Nodes...), append([]string{}, s.Serial...), append([]string{}, s.Held...)
	s.Risks, s.Disturbs = append([]string{}, s.Risks...), append([]string{}, s.Disturbs...)
	s.Before, s.Restart, s.After = append([]Command{}, s.Before...), append([]Command{}, s.Restart...), append([]Command{}, s.After...)
	return s
}
