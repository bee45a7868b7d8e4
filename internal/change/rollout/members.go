package rollout

import (
	"slices"
	"strconv"
	"strings"
)

// etcdctl lets members in and out. Before etcd 3.4, it spoke version 2 of the API unless it was told.
func (t planner) etcdctl(on string, members []string) string {
	var endpoints []string
	for _, m := range members {
		endpoints = append(endpoints, "https://"+t.host(m)+":2379")
	}
	ca, cert, key := t.etcdClient(on)
	out := "etcdctl --endpoints=" + strings.Join(endpoints, ",") + " --cacert=" + ca + " --cert=" + cert + " --key=" + key
	if t.facts.Version.Before(17) {
		return "ETCDCTL_API=3 " + out
	}
	return out
}

// listed holds what etcd says of its members to the spec, before another minor of etcd takes that list for the truth: they
// are those of the spec, none a learner, and all recent enough.
func (t planner) listed(on string, members []string) []Command {
	if t.facts.EtcdAtLeast == "" {
		return nil
	}
	var want []string
	for _, m := range slices.Sorted(slices.Values(members)) {
		want = append(want, m+" false")
	}
	etcdctl, least := t.etcdctl(on, members)+memberTimeout, t.facts.EtcdAtLeast
	return []Command{
		{on, wants(etcdctl+" member list | awk -F', ' '{print $3, $6}' | LC_ALL=C sort | xargs", "'"+strings.Join(want, " ")+"'"), "etcd's members are those of the spec, and no learners", false},
		{
			on, wants(etcdctl+" endpoint status | awk -F', ' '{print $3} END {if (NR != "+strconv.Itoa(len(members))+") print 0; print \""+least+"\"}' | sort -V | head -n 1", least),
			"every member runs etcd " + least + " or later", false,
		},
	}
}

// wants says what a command printed where it is not the word.
func wants(command, word string) string {
	return `found="$(` + command + `)"; test "$found" = ` + word + ` || { echo "found: $found" >&2; false; }`
}

// memberTimeout is for what members have to agree on: with one of them dead, etcd may take longer than etcdctl's 5 s, and make a change
// all the same.
const memberTimeout = " --command-timeout=30s"

// memberRemove removes a member by its name. Where it is gone already, there is nothing to do: the command may be run again.
// Of a machine that was replaced, the new one has the same name: another URL, or an answer at the same one, is the new one's.
func (t planner) memberRemove(on string, members []string, gone string) string {
	etcdctl, match, unless := t.etcdctl(on, members), `$3 == "`+gone+`"`, ""
	switch {
	case !slices.Contains(t.replaced, gone):
	case t.moves(gone):
		match += ` && $4 != "` + t.peer(gone) + `"`
	default:
		unless = t.answers(on, gone) + " || { "
	}
	run := memberList(etcdctl) + ` && id="$(echo "$members" | awk -F', ' '` + match + ` {print $1}')" && ` +
		`{ test -z "$id" || ` + etcdctl + memberTimeout + ` member remove "$id"; }`
	if unless != "" {
		return unless + run + "; }"
	}
	return run
}

// answers asks a member once.
func (t planner) answers(on, member string) string {
	ca, cert, key := t.etcdClient(on)
	return "curl -fs -o /dev/null --max-time 5 --cacert " + ca + " --cert " + cert + " --key " + key + " https://" + t.host(member) + ":2379/health"
}

// emptyDisk is for a new member, which has data only once it has joined.
func (t planner) emptyDisk(node string) Command {
	return Command{node, "test ! -e " + etcdData + "/member || " + t.answers(node, node), "a new member begins on an empty disk", false}
}

// memberAdd adds a member by its URL. Where it is there already, there is nothing to do. A member has no name until it has started.
func (t planner) memberAdd(on string, members []string, comes string) string {
	etcdctl := t.etcdctl(on, members)
	return memberList(etcdctl) + ` && { echo "$members" | awk -F', ' '$4 == "` + t.peer(comes) + `" {n++} END {exit !n}' || ` +
		etcdctl + memberTimeout + " member add " + comes + " --peer-urls=" + t.peer(comes) + "; }"
}

// memberList keeps what etcd says of its members: a command that failed is no empty list.
func memberList(etcdctl string) string { return `members="$(` + etcdctl + ` member list)"` }
