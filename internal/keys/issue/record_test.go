package issue

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/keys/sums"
	"github.com/harender/harender/internal/proof/testtool"
)

// TestRecord: the first build pins all that it makes, and every step of a rotation keeps the pins right in the same run.
func TestRecord(t *testing.T) {
	w := newWorld(t)
	w.users("ops", "alice")
	w.build(t)
	const alice = "cluster/tokens/alice"
	count := func(when string, want map[string]int) {
		t.Helper()
		have := map[string]int{}
		for id, pins := range ReadRecord(w.files) {
			have[id] = len(pins)
		}
		if !maps.Equal(have, want) {
			t.Errorf("%s: %v, not %v", when, have, want)
		}
		w.sealed = true
		if res, problems := w.issue(t); len(problems.Errors()) > 0 || slices.Contains(res.Write, sums.Pins) {
			t.Errorf("%s: the next build writes %v\n%s", when, res.Write, describe(problems))
		}
		w.sealed = false
	}
	whole := func(changed string, n int) map[string]int {
		out := map[string]int{etcdCA: 1, kubernetesCA: 1, serviceKey: 1, encryption: 1, alice: 1}
		out[changed] = n
		return out
	}
	count("first", whole(alice, 1))
	for _, id := range []string{kubernetesCA, serviceKey, encryption} {
		first := ReadRecord(w.files)[id]
		w.turn(t, id, Stage)
		count(id+" staged", whole(id, 2))
		w.turn(t, id, Promote)
		count(id+" promoted", whole(id, 2))
		w.turn(t, id, Retire)
		count(id+" retired", whole(id, 1))
		if now := ReadRecord(w.files)[id]; slices.Equal(first, now) {
			t.Errorf("%s: the pin is still %v", id, now)
		}
	}
	before := ReadRecord(w.files)[alice]
	w.replace = []string{alice}
	w.build(t)
	w.replace = nil
	count("replaced", whole(alice, 1))
	if slices.Equal(before, ReadRecord(w.files)[alice]) {
		t.Error("a replaced token has the pin of the one before")
	}
	w.users("")
	w.build(t)
	out := whole(alice, 1)
	delete(out, alice)
	count("gone", out)
}

// TestRecordFinds puts another's in the place of the cluster's own, as whole as that, and tells what is found without a key and
// with one; and what is wrong with a record.
func TestRecordFinds(t *testing.T) {
	w := newWorld(t)
	w.users("ops", "alice")
	w.build(t)
	other := w.twin()
	other.empty()
	other.build(t)
	const strange = "is not the cluster's own"
	for name, c := range map[string]struct {
		change         func(w *world)
		closed, opened string
	}{
		"nothing":         {func(*world) {}, "", ""},
		"everything":      {func(w *world) { w.from(other, "cluster/", "nodes/") }, strange, strange},
		"an authority":    {func(w *world) { w.from(other, etcdCA, "nodes/m1/etcd") }, strange, strange},
		"service account": {func(w *world) { w.from(other, serviceKey, "nodes/m1/service-account") }, strange, strange},
		"encryption":      {func(w *world) { w.from(other, encryption, "nodes/m1/encryption") }, "", strange},
		"a token":         {func(w *world) { w.from(other, "cluster/tokens/", knownTokens) }, "", strange},
		"an authority is gone": {func(w *world) {
			w.remove(etcdCA+".crt", etcdCA+".key.sops", "nodes/m1/etcd-server.crt", "nodes/m1/etcd-server.key.sops", "nodes/m1/etcd-peer.crt", "nodes/m1/etcd-peer.key.sops")
		}, "has a pin, but does not exist", "has a pin, but does not exist"},
		"the record is gone":   {func(w *world) { w.remove(sums.Pins) }, "nothing says which authorities", "nothing says which authorities"},
		"the record is empty":  {func(w *world) { w.write(sums.Pins, "") }, "is not what harender writes", "is not what harender writes"},
		"the record is null":   {func(w *world) { w.write(sums.Pins, "null\n") }, "nothing says which authorities", "nothing says which authorities"},
		"the record conflicts": {func(w *world) { w.write(sums.Pins, "<<<<<<< ours\n") }, "is not what harender writes", "is not what harender writes"},
		"a pin stands twice": {func(w *world) {
			w.write(sums.Pins, strings.Replace(string(w.files[sums.Pins].Data), "{\n", "{\n  \"cluster/etcd-ca\": [],\n", 1))
		}, "is not what harender writes", "is not what harender writes"},
	} {
		w := w.twin()
		c.change(w)
		for opening, want := range map[bool]string{false: c.closed, true: c.opened} {
			examined, problems := Examine(w.plan, w.inputs(t), opening)
			if said := describe(append(problems, examined.Findings...)); want == "" && said != "" || !strings.Contains(said, want) {
				t.Errorf("%s, opening %v: got\n%s", name, opening, said)
			}
		}
	}
}

// from takes files of another world.
func (w *world) from(other *world, prefixes ...string) {
	for name, f := range other.files {
		if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) }) {
			w.files[name] = f
		}
	}
}

// TestRecordOfOlder: a repository without pins goes on as it was, until somebody takes what is there as its own.
func TestRecordOfOlder(t *testing.T) {
	w := newWorld(t)
	w.build(t)
	first := w.files[sums.Pins].Data
	w.remove(sums.Pins)
	w.plan.Generated = append(w.plan.Generated, plan.Generated{ID: monitoring, Kind: plan.Token})
	res, problems := w.issue(t)
	if problems.HasErrors() || slices.Contains(res.Write, sums.Pins) || !strings.Contains(describe(problems), "warning: nothing says which authorities") {
		t.Errorf("wrote %v\n%s", res.Write, describe(problems))
	}
	w.plan.Generated = w.plan.Generated[:len(w.plan.Generated)-1]
	for _, opened := range []bool{false, true} {
		w.remove(sums.Pins)
		written, problems := Record(w.plan, w.inputs(t), opened)
		if len(problems) > 0 || len(written) != 1 || bytes.Equal(written[0].Data, first) != opened {
			t.Errorf("opened %v: %s\n%s", opened, written, describe(problems))
		}
		w.write(sums.Pins, string(written[0].Data))
		w.noKey = !opened
		again, _ := Record(w.plan, w.inputs(t), false)
		if !bytes.Equal(again[0].Data, written[0].Data) {
			t.Errorf("opened %v: again it is\n%s", opened, again[0].Data)
		}
		w.noKey = false
	}
	other := newWorld(t)
	other.operator, other.operators = w.operator, []string{testtool.Age(t).Recipient().String()}
	if _, problems := Pins(other.plan, other.inputs(t), false); !problems.HasErrors() {
		t.Error("there are pins of what is not there")
	}
}
