package rollout

import (
	"slices"
	"strings"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/compile/cluster"
)

// reaches is the newest minor that a control plane goes to; not ok where none goes to another one.
func (t planner) reaches() (cluster.Version, bool) {
	var newest cluster.Version
	found := false
	for _, v := range t.diff.Versions {
		was, known := cluster.ParseVersion(v.Old)
		is, also := cluster.ParseVersion(v.New)
		serving := slices.ContainsFunc(v.Nodes, func(n string) bool { return serves(t.now.Directories[n]) })
		if known && also && serving && was.Series() != is.Series() && (!found || is.Minors(newest) > 0) {
			newest, found = is, true
		}
	}
	return newest, found
}

// snapshotFile is what a step to another minor leaves, on one member.
const snapshotFile = "/var/lib/etcd-before-upgrade.db"

// preconditions are looked at before the first node of a step to another minor.
func (t planner) preconditions(members []string) []Command {
	to, upgrades := t.reaches()
	if !upgrades {
		return nil
	}
	var out []Command
	for _, n := range t.those(t.old, diff.Directory.APIServer) {
		if was := t.old.Directories[n].Kubernetes; was != "" && t.facts.Addresses[n].IsValid() {
			run := strings.TrimSuffix(strings.TrimSuffix(t.ready(n).Run, "/readyz"), "/healthz") + `/version | grep -qF '"v` + was + `"'`
			out = append(out, Command{n, run, "every apiserver runs what was committed last", false})
		}
	}
	if on := t.server(); on != "" {
		out = append(out, Command{
			// A pipe that begins with ! would take an apiserver that does not answer for one that nobody asked.
			on, `asked="$(` + kubectl + ` get --raw /metrics)" && ! printf '%s\n' "$asked" | grep '^apiserver_requested_deprecated_apis{.*removed_release="` + to.Series() + `"'`,
			"nobody has asked for an API that " + to.Series() + " does not have", false,
		})
	}
	if len(members) == 0 || !t.joinsByPlan(members[0]) {
		return out
	}
	etcdctl := t.etcdctl(members[0], members[:1])
	return append(out,
		Command{members[0], `alarms="$(` + etcdctl + ` alarm list)" && test -z "$alarms"`, "etcd has no alarm, such as for its space", false},
		Command{
			members[0], etcdctl + " --command-timeout=5m snapshot save " + snapshotFile + " && chmod 600 " + snapshotFile + " && etcdutl snapshot status " + snapshotFile,
			"a snapshot from before, which can be read: copy it elsewhere", false,
		},
	)
}
