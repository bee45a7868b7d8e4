package rollout

import (
	"slices"
	"strings"
	"time"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/layout"
)

// Snapshot is one of etcd's database, and when and for which cluster it is to be restored.
type Snapshot struct {
	Cluster string
	At      time.Time
	// SHA256 of the file, in hexadecimal.
	SHA256 string
	// Hashed: the file ends in the hash of its content, as etcd gives a snapshot out. That of a data directory does not.
	Hashed bool
	// New are nodes whose machines are new: they have no files yet.
	New []string
}

// Where a restore has the snapshot, and the manifests of what must not run meanwhile.
const (
	restoredFrom = "/var/lib/etcd-restore.db"
	held         = "/etc/kubernetes/restore/"
	manifests    = "/" + layout.Manifests
)

// restoration is the way of a cluster back to a snapshot.
type restoration struct {
	planner
	Snapshot
	members, servers []string
	// stamp tells this restore from others.
	stamp string
}

// Restore leads all members of etcd back to one snapshot, whatever became of them, while nothing asks them. Every command may
// be run again.
func Restore(now diff.Side, f Facts, s Snapshot) []Step {
	t := planner{now: now, facts: f}
	r := restoration{
		planner: t, Snapshot: s, members: t.those(now, diff.Directory.Member), servers: t.those(now, diff.Directory.APIServer),
		stamp: s.At.UTC().Format("20060102T150405Z"),
	}
	out := []Step{r.look()}
	if len(s.New) > 0 {
		out = append(out, r.deliver())
	}
	out = append(out, r.stop(), r.restore(), r.startMembers())
	if len(r.servers) > 0 {
		out = append(out, r.startServers(), r.register())
	}
	return append(out, r.cleanUp())
}

// aside is where the old database of a member is, below its folder.
func (r restoration) aside() string { return "before-restore-" + r.stamp }

// look has all that can be known before anything stops.
func (r restoration) look() Step {
	s := Step{Title: "every member has the snapshot as " + restoredFrom + ", and the program to restore it"}
	s.on(r.members, `echo "`+r.SHA256+"  "+restoredFrom+`" | sha256sum --check --quiet`, "it is the same everywhere")
	s.on(r.members, r.program()+" version > /dev/null", "the program is there")
	return s.whole()
}

// on adds a command for each of the nodes.
func (s *Step) on(nodes []string, run, why string) {
	for _, n := range nodes {
		s.Before = append(s.Before, Command{n, run, why, false})
	}
}

// deliver brings the files to new machines, which must not begin another cluster with them.
func (r restoration) deliver() Step {
	s := Step{Title: r.facts.Fleet.Name(r.New) + ": the files come, and start nothing yet", Nodes: r.New, Serial: []string{"100%"}}
	s.Before = []Command{{CurrentNode, "systemctl mask --runtime " + r.units(), "two new members would begin a cluster of their own", false}}
	return s.whole()
}

// units are what starts members and static pods.
func (r restoration) units() string {
	if len(r.asUnits()) > 0 {
		return "kubelet.service etcd.service"
	}
	return "kubelet.service"
}

// asUnits are the members that are units.
func (r restoration) asUnits() []string {
	return slices.DeleteFunc(slices.Clone(r.members), func(m string) bool { return !r.now.Directories[m].Has(layout.Units + "etcd.service") })
}

// nodes have a member or an apiserver.
func (r restoration) nodes() []string { return r.those(r.now, serves) }

// stop ends apiservers, what leads by them, and members. A kubelet that has seen no apiserver since it started ends no pod, so
// that the processes are ended themselves, once nobody starts them again.
func (r restoration) stop() Step {
	s := Step{Title: "nothing asks etcd, and no member runs"}
	s.on(r.nodes(), "mkdir -p "+held+" && cd /etc/kubernetes/manifests && "+moves(append(askers(), "etcd"), held), "the manifests are out of the way")
	s.on(r.nodes(), "systemctl stop kubelet.service", "nobody starts them again")
	s.on(r.asUnits(), "systemctl stop etcd.service", "nobody starts it again")
	s.on(r.nodes(), endProcesses, "they are gone")
	return s.whole()
}

// moves takes manifests that are there from this folder to another.
func moves(pods []string, to string) string {
	return "(for p in " + strings.Join(pods, " ") + "; do test ! -e $p.yaml || mv $p.yaml " + to + " || exit 1; done)"
}

// askers are the static pods that etcd is held back from, with those that lead by them; a node has some of them.
func askers() []string {
	return []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler"}
}

// endProcesses ends the control plane of a node, and waits for two minutes. Names of processes have 15 characters at most. The
// cgroup of a pod that is no static one names it by a UUID: that is a user's own.
const endProcesses = `(running() { for p in $(grep -lxEs "kube-apiserver|kube-controller|kube-scheduler|etcd" /proc/[0-9]*/comm); do p=${p%/comm}; ` +
	`grep -Eqs "pod[0-9a-f]{8}[-_]" $p/cgroup || echo ${p#/proc/}; done; }; ` +
	`kill $(running) 2>/dev/null || :; n=0; while test -n "$(running)"; do n=$((n+1)); test $n -lt 120 || exit 1; sleep 1; done)`

// restore makes the database of each member, and lets it and the one that is there change places. Where a command is done, it
// changes nothing.
func (r restoration) restore() Step {
	s := Step{Title: "every member has the database of the snapshot; what was written later is gone"}
	s.on(r.members, "mkdir -p -m 0700 "+etcdData, "a new machine may have none")
	for _, m := range r.members {
		s.on([]string{m}, r.restoreOne(m), "its database is made")
	}
	s.on(r.members, r.swap(), "the old one stays beside it, as "+r.aside())
	return s.whole()
}

// made is where a restored database is, below a member's folder.
func (r restoration) made() string { return "restored-" + r.stamp }

// restoreOne has the cluster's name with a stamp as its token, and so another ID: a member that has not been restored cannot join.
func (r restoration) restoreOne(m string) string {
	var cluster []string
	for _, each := range r.members {
		cluster = append(cluster, each+"="+r.peer(each))
	}
	return "cd " + etcdData + " && { test -e " + r.aside() + " || test -e " + r.made() + " || { rm -rf restoring && " +
		r.program() + " snapshot restore " + restoredFrom + " --data-dir restoring --name " + m +
		" --initial-advertise-peer-urls " + r.peer(m) + " --initial-cluster " + strings.Join(cluster, ",") +
		" --initial-cluster-token " + r.Cluster + "-" + r.stamp + r.flags() + " && mv -T restoring " + r.made() + "; }; }"
}

func (r restoration) swap() string {
	return "cd " + etcdData + " && { test -e " + r.aside() + " || if test -e member; then mv -T member " + r.aside() + "; else mkdir " + r.aside() + "; fi; } && " +
		"{ test -e member || { chown -R --reference=. " + r.made() + " && mv -T " + r.made() + "/member member; }; } && rm -rf " + r.made()
}

// program restores a snapshot: since 3.5 of etcd, which came with Kubernetes 1.22, one of its own.
func (r restoration) program() string {
	if r.facts.Version.Before(22) {
		return "ETCDCTL_API=3 etcdctl"
	}
	return "etcdutl"
}

// flags raise the revision, and compact it: every watch of the old cluster begins again. Without, controllers would wait for
// revisions that they have seen already.
func (r restoration) flags() string {
	var out string
	if !r.Hashed {
		out = " --skip-hash-check"
	}
	if !r.facts.Version.Before(22) {
		out += " --bump-revision 1000000000 --mark-compacted"
	}
	return out
}

// startMembers starts all before it looks at any: each waits for the others.
func (r restoration) startMembers() Step {
	s := Step{Title: "the members start"}
	s.on(r.New, "systemctl unmask --runtime "+r.units()+" && systemctl enable kubelet.service", "the machine is new")
	s.on(r.asUnits(), "systemctl start --no-block etcd.service", "it waits for the others")
	asPods := without(r.members, r.asUnits())
	s.on(asPods, "cd "+held+" && "+moves([]string{"etcd"}, manifests), "the kubelet starts it")
	s.on(asPods, "systemctl start kubelet.service", "it waits for the others")
	s.After = []Command{r.healthy(r.members[0], r.members)}
	return s.whole()
}

func (r restoration) startServers() Step {
	s := Step{Title: "the apiservers start, and what leads by them"}
	s.on(r.servers, "cd "+held+" && "+moves(askers(), manifests), "the kubelet starts them")
	s.on(r.nodes(), "systemctl start kubelet.service", "it was stopped")
	for _, n := range r.servers {
		s.After = append(s.After, r.ready(n))
	}
	return s.whole()
}

// register has kubelets say again which nodes there are: one that came after the snapshot is no more known.
func (r restoration) register() Step {
	s := Step{Title: "every kubelet registers its node again"}
	s.on(r.those(r.now, diff.Directory.Kubelet), "systemctl restart kubelet.service", "the node may have come after the snapshot")
	wait := Command{r.servers[0], kubectl + " wait --for=condition=Ready --timeout=5m node --all", "all are ready; delete those that left since the snapshot", true}
	if r.facts.Version.Before(11) {
		wait.Run = kubectl + " get nodes"
	}
	s.After = []Command{wait}
	return s.whole()
}

// cleanUp takes away what only the restore needed.
func (r restoration) cleanUp() Step {
	s := Step{Title: "when all is well, the old databases and the snapshot go"}
	s.on(r.members, "rm -rf "+etcdData+"/"+r.aside()+" "+restoredFrom, "they have every Secret in them")
	s.on(r.nodes(), "test ! -e "+held+" || rmdir "+held, "nothing is held back")
	return s.whole()
}
