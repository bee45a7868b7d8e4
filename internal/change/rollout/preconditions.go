package rollout

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/keys/certificate"
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

// preconditions are looked at before the first node of a step to another minor. Each says what it found where it fails, ends by
// itself, and holds on the way, too, so that a plan which was left can be begun again.
func (t planner) preconditions(members []string) []Command {
	to, upgrades := t.reaches()
	if !upgrades {
		return nil
	}
	var out []Command
	servers := t.those(t.old, diff.Directory.APIServer)
	for _, n := range servers {
		if was := t.old.Directories[n].Kubernetes; was != "" && t.facts.Addresses[n].IsValid() {
			out = append(out, Command{n, t.runsRelease(n, was), "every apiserver runs what was committed last", false})
		}
	}
	for _, n := range servers {
		if t.facts.Addresses[n].IsValid() {
			out = append(out, Command{n, t.asksForGone(n, to.Series()), "nobody has asked for an API that " + to.Series() + " does not have", false})
		}
	}
	for _, n := range t.those(t.now, serves) {
		out = append(out, t.certificatesLast(n, n)...)
	}
	if len(members) == 0 || !t.joinsByPlan(members[0]) {
		return out
	}
	on, etcdctl := members[0], t.etcdctl(members[0], members[:1])
	return append(out,
		Command{
			on, `alarms="$(` + etcdctl + memberTimeout + ` alarm list)" && { test -z "$alarms" || { echo "$alarms" >&2; false; }; }`,
			"etcd has no alarm, such as for its space", false,
		},
		Command{on, saveSnapshot(etcdctl, to.String()), "a snapshot from before, which can be read: copy it elsewhere", false},
	)
}

// askOne asks the apiserver of a node, and no other. Without credentials, it answers for its health alone.
func (t planner) askOne(node, path string) string {
	return kubectl + " --server=https://" + t.host(node) + ":" + strconv.Itoa(t.facts.Port) + " --request-timeout=30s get --raw " + path
}

// runsRelease takes the new release as well: the plan may have come that far.
func (t planner) runsRelease(node, was string) string {
	is := t.now.Directories[node].Kubernetes
	return `version="$(` + t.askOne(node, "/version") + `)" && { echo "$version" | grep -qF -e '"v` + was + `"' -e '"v` + is + `"' || { echo "` + node + ` runs $version" >&2; false; }; }`
}

// asksForGone asks every apiserver, since each knows its own requests. A pipe that begins with ! would take one that does not answer
// for one that nobody asked.
func (t planner) asksForGone(node, series string) string {
	return `asked="$(` + t.askOne(node, "/metrics") + `)" && ! printf '%s\n' "$asked" | grep '^apiserver_requested_deprecated_apis{.*removed_release="` + series + `"'`
}

// saveSnapshot keeps one of the last day: on the way, another would no longer be from before.
func saveSnapshot(etcdctl, to string) string {
	file := "/var/lib/etcd-before-" + to + ".db"
	return `{ test -n "$(find ` + file + ` -mtime -1 2>/dev/null)" && etcdutl snapshot status ` + file + `; } || ` +
		`{ ` + etcdctl + " --command-timeout=5m snapshot save " + file + " && chmod 600 " + file + " && etcdutl snapshot status " + file + `; }`
}

// mostDays is how long certificates must hold at least, of those that last that long four times.
const mostDays = 7 * 24 * time.Hour

// certificatesLast looks at the certificates of a node that are there before: none may end while the plan is followed.
func (t planner) certificatesLast(on, node string) []Command {
	var paths []string
	least := mostDays
	for path, f := range t.old.Directories[node].Files {
		all, err := certificate.Decode(f.Content)
		if f.Sealed || err != nil || len(all) == 0 || all[0].IsKey() {
			continue
		}
		paths = append(paths, "/"+path)
		least = min(least, all[0].NotAfter.Sub(all[0].NotBefore)/4)
	}
	if len(paths) == 0 {
		return nil
	}
	slices.Sort(paths)
	return []Command{{
		on, "for c in " + strings.Join(paths, " ") + "; do openssl x509 -noout -checkend " + strconv.Itoa(int(least.Seconds())) + ` -in $c >/dev/null || { echo "$c ends soon, or cannot be read" >&2; exit 1; }; done`,
		"no certificate ends while this is under way", false,
	}}
}
