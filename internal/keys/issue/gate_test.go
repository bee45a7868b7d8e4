package issue

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"filippo.io/age"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/keys/vault"
	"github.com/harender/harender/internal/layout"
	"github.com/harender/harender/internal/proof/testtool"
)

// town is a world with two operators, two masters, two workers and two users, each node with a key of its own.
func newTown(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	w.operators = append(w.operators, testtool.Age(t).Recipient().String())
	w.users("ops", "alice", "bob")
	w.like(t, "m1", "m2")
	w.like(t, "w1", "w2")
	w.build(t)
	return w
}

// like plans another node with a key of its own, and what the first has.
func (w *world) like(t testing.TB, node, other string) {
	t.Helper()
	w.nodes = maps.Clone(w.nodes)
	if w.nodes[other] == nil {
		w.nodes[other] = testtool.Age(t)
	}
	to := []string{w.nodes[other].Recipient().String()}
	there := map[string]bool{}
	for _, c := range w.plan.Certificates {
		there[c.ID] = true
	}
	for _, c := range w.plan.Certificates {
		if layout.NodeOf(c.ID) == node && !there[strings.Replace(c.ID, node, other, 1)] {
			c.ID, c.Recipients = strings.Replace(c.ID, node, other, 1), to
			w.plan.Certificates = append(w.plan.Certificates, c)
		}
	}
	for _, c := range w.plan.Copies {
		if layout.NodeOf(c.ID) == node {
			c.ID, c.Recipients = strings.Replace(c.ID, node, other, 1), to
			w.plan.Copies = append(w.plan.Copies, c)
		}
	}
}

// twin is the same world, to be changed.
func (w *world) twin() *world {
	out := *w
	out.files, out.operators = maps.Clone(w.files), slices.Clone(w.operators)
	out.plan.Certificates, out.plan.Copies = slices.Clone(w.plan.Certificates), slices.Clone(w.plan.Copies)
	out.plan.Generated = slices.Clone(w.plan.Generated)
	return &out
}

// rekeyed gives a node other recipients in the spec.
func (w *world) rekeyed(node string, recipients ...string) {
	for i, c := range w.plan.Certificates {
		if layout.NodeOf(c.ID) == node {
			w.plan.Certificates[i].Recipients = recipients
		}
	}
	for i, c := range w.plan.Copies {
		if layout.NodeOf(c.ID) == node {
			w.plan.Copies[i].Recipients = recipients
		}
	}
}

// thief has a key, and edits whatever lies in the repository.
type thief struct {
	*world
	t    *testing.T
	key  *age.X25519Identity
	name string
}

// joins adds the thief to the policy.
func (h thief) joins() { h.operators = append(h.operators, h.name) }

// joinsAt adds the thief to the policy for some paths.
func (h thief) joinsAt(path string) { h.rules = map[string][]string{path: {h.name}} }

// sealed are the sealed files whose name matches.
func (h thief) sealed(pattern string) []string {
	match := regexp.MustCompile(pattern)
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(h.files)), func(name string) bool {
		return !strings.HasSuffix(name, ".sops") || !match.MatchString(name)
	})
	if len(names) == 0 {
		h.t.Fatalf("nothing is called %s", pattern)
	}
	return names
}

func (h thief) edit(pattern string, change func(text string) string) {
	for _, name := range h.sealed(pattern) {
		was := string(h.files[name].Data)
		is := change(was)
		if is == was {
			h.t.Fatalf("%s: nothing was edited", name)
		}
		h.files[name] = &fstest.MapFile{Data: []byte(is)}
	}
}

// listed adds the thief to the lists, and labelled to the labels.
func (h thief) listed(pattern string) {
	h.edit(pattern, func(text string) string {
		return strings.Replace(text, `"age": [`, `"age": [{"recipient": "`+h.name+`", "enc": "none"},`, 1)
	})
}

func (h thief) labelled(pattern string) {
	label := regexp.MustCompile(`"recipients_unencrypted": \[([^\]]*)\]`)
	h.edit(pattern, func(text string) string {
		names := append(regexp.MustCompile(`[a-z0-9]{20,}`).FindAllString(label.FindString(text), -1), h.name)
		slices.Sort(names)
		return label.ReplaceAllString(text, `"recipients_unencrypted": ["`+strings.Join(names, `", "`)+`"]`)
	})
}

func (h thief) unlabelled(pattern string) {
	h.edit(pattern, func(text string) string {
		return regexp.MustCompile(`"recipients_unencrypted": \[[^\]]*\],\s*`).ReplaceAllString(text, "")
	})
}

// forged seals what the thief likes, to whom the file is sealed and to the thief, with a label.
func (h thief) forged(pattern string, plain func(name string) []byte) {
	for _, name := range h.sealed(pattern) {
		label, to, err := vault.Read(h.files[name].Data)
		if err != nil {
			h.t.Fatal(err)
		}
		root := h.t.TempDir()
		policy := "creation_rules:\n  - age: " + strings.Join(append(to, h.name), ",") + "\n"
		if err := os.WriteFile(filepath.Join(root, vault.ConfigName), []byte(policy), 0o600); err != nil {
			h.t.Fatal(err)
		}
		v, list := vault.Load(root, func() time.Time { return h.now }, func(string) (string, bool) { return "", false })
		if list.HasErrors() {
			h.t.Fatal(list)
		}
		sealed, err := v.Seal(layout.Secrets+name, label, secret.NewPlain(plain(name)), nil)
		if err != nil {
			h.t.Fatal(err)
		}
		h.files[name] = &fstest.MapFile{Data: sealed}
	}
}

func garbage(string) []byte { return []byte(strings.Repeat("A", 43)) }

// genuine is what the file holds: the thief is the worker w1.
func (h thief) genuine() func(string) []byte {
	return func(name string) []byte {
		plain, err := h.open(h.t, name, h.nodes["w1"])
		if err != nil {
			h.t.Fatal(err)
		}
		return plain
	}
}

func (h thief) gone(pattern string) {
	for name := range h.files {
		if regexp.MustCompile(pattern).MatchString(name) {
			delete(h.files, name)
		}
	}
}

// attacks are what a pull request can do without a key, or with that of one node.
func attacks() map[string]func(h thief) {
	const all, cas, tokens, copies = `.`, `-ca\.key`, `tokens/`, `nodes/.*/(service-account|encryption|known-tokens)\.`
	return map[string]func(h thief){
		"the policy":                      func(h thief) { h.joins() },
		"the policy, first":               func(h thief) { h.operators = append([]string{h.name}, h.operators...) },
		"the policy, instead":             func(h thief) { h.operators[len(h.operators)-1] = h.name },
		"a list":                          func(h thief) { h.listed(`kubernetes-ca\.key`) },
		"a list, and the policy":          func(h thief) { h.joins(); h.listed(`kubernetes-ca\.key`) },
		"the authorities' lists":          func(h thief) { h.joins(); h.listed(cas) },
		"all lists":                       func(h thief) { h.joins(); h.listed(all) },
		"all lists but the policy":        func(h thief) { h.listed(all) },
		"a label":                         func(h thief) { h.joins(); h.labelled(`service-account\.key`) },
		"all labels":                      func(h thief) { h.joins(); h.labelled(all) },
		"lists and labels":                func(h thief) { h.joins(); h.labelled(all); h.listed(all) },
		"lists and labels of authorities": func(h thief) { h.joins(); h.labelled(cas); h.listed(cas) },
		"lists and labels of leaves":      func(h thief) { h.joins(); h.labelled(`nodes/`); h.listed(`nodes/`) },
		"no labels":                       func(h thief) { h.joins(); h.unlabelled(all) },
		"lists, and no labels":            func(h thief) { h.joins(); h.unlabelled(all); h.listed(all) },
		"another name for the label": func(h thief) {
			h.joins()
			h.listed(tokens)
			h.edit(tokens, func(text string) string {
				return strings.Replace(text, "recipients_unencrypted", "Recipients_unencrypted", 1)
			})
		},
		"forged tokens": func(h thief) { h.joins(); h.forged(tokens, garbage) },
		"a forged configuration of encryption": func(h thief) {
			h.joins()
			h.forged(`cluster/encryption`, func(string) []byte {
				return []byte("apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources: [{resources: [secrets], providers: [{secretbox: {keys: [{name: key1, secret: " +
					strings.Repeat("A", 43) + "=}]}}]}]\n")
			})
		},
		"forged copies":         func(h thief) { h.joins(); h.forged(copies, garbage) },
		"forged keys of leaves": func(h thief) { h.joins(); h.forged(`nodes/.*\.key`, garbage) },
		"all forged but authorities": func(h thief) {
			h.joins()
			h.forged(`tokens|encryption|nodes/`, garbage)
		},
		"forged copies, and all lists": func(h thief) { h.joins(); h.listed(`cluster/`); h.forged(copies, garbage) },
		"forged copies without their sources": func(h thief) {
			h.joins()
			h.forged(copies, garbage)
			h.gone(`nodes/.*\.source`)
		},
		"a worker's own files, relabelled":  func(h thief) { h.joins(); h.forged(`nodes/w1/`, h.genuine()) },
		"a worker's files, for another key": func(h thief) { h.rekeyed("w2", h.name); h.forged(`nodes/w1/`, h.genuine()) },
		"a worker among the operators": func(h thief) {
			h.operators = append(h.operators, h.nodes["w1"].Recipient().String())
			h.key = h.nodes["w1"]
		},
		"a worker among the operators alone": func(h thief) {
			h.operators = append(h.operators, h.nodes["w1"].Recipient().String())
			h.rekeyed("w1")
		},
		"a master's key":                    func(h thief) { h.rekeyed("m1", h.name) },
		"a second key of a master":          func(h thief) { h.rekeyed("m1", h.nodes["m1"].Recipient().String(), h.name) },
		"a worker's key":                    func(h thief) { h.rekeyed("w1", h.name) },
		"a master's key and lists":          func(h thief) { h.rekeyed("m1", h.name); h.listed(`nodes/m1/`) },
		"a master's key, its copies gone":   func(h thief) { h.rekeyed("m1", h.name); h.gone(copies) },
		"a master's key, its leaves gone":   func(h thief) { h.rekeyed("m1", h.name); h.gone(`nodes/m1/.*(key|crt)`) },
		"a master's key, its files gone":    func(h thief) { h.rekeyed("m1", h.name); h.gone(`nodes/m1/`) },
		"a master's key, all gone of nodes": func(h thief) { h.rekeyed("m1", h.name); h.gone(`nodes/`) },
		"a master's key, its copies forged": func(h thief) { h.rekeyed("m1", h.name); h.forged(`nodes/m1/`, garbage) },
		"another master with the thief's":   func(h thief) { h.like(h.t, "m1", "m3"); h.rekeyed("m3", h.name) },
		"another member of etcd":            func(h thief) { h.like(h.t, "m1", "e1"); h.rekeyed("e1", h.name); h.etcdAlone("e1") },
		"a worker that becomes a master": func(h thief) {
			h.like(h.t, "m1", "w1")
			h.rekeyed("w1", h.name)
			h.forged(`nodes/w1/`, h.genuine())
		},
		"the policy, authorities gone":            func(h thief) { h.joins(); h.gone(`cluster/.*-ca`) },
		"the policy, the users' tokens gone":      func(h thief) { h.joins(); h.gone(tokens) },
		"nodes' rule":                             func(h thief) { h.joinsAt(`^secrets/nodes/`) },
		"nodes' rule, and lists":                  func(h thief) { h.joinsAt(`^secrets/nodes/`); h.listed(`nodes/`) },
		"nodes' rule, lists and labels":           func(h thief) { h.joinsAt(`^secrets/nodes/`); h.labelled(`nodes/`); h.listed(`nodes/`) },
		"nodes' rule, forged copies":              func(h thief) { h.joinsAt(`^secrets/nodes/`); h.forged(copies, garbage) },
		"nodes' rule, all forged":                 func(h thief) { h.joinsAt(`^secrets/nodes/`); h.forged(`nodes/`, garbage) },
		"copies' rule, forged copies":             func(h thief) { h.joinsAt(copies); h.forged(copies, garbage) },
		"copies' rule, forged copies and sources": func(h thief) { h.joinsAt(copies); h.forged(copies, garbage); h.forged(`tokens/`, garbage) },
		"copies' rule, copies gone":               func(h thief) { h.joinsAt(copies); h.gone(copies) },
		"tables' rule, forged tables and tokens": func(h thief) {
			h.joinsAt(`tokens`)
			h.forged(`tokens`, garbage)
		},
		"leaves' rule, forged leaves": func(h thief) {
			h.joinsAt(`nodes/.*\.key`)
			h.forged(`nodes/.*(apiserver|etcd|kubelet).*\.key`, garbage)
		},
		"leaves' rule, leaves gone": func(h thief) {
			h.joinsAt(`nodes/.*/(apiserver|etcd|kubelet)`)
			h.gone(`nodes/.*/(apiserver|etcd|kubelet)`)
		},
		"workers' rule, relabelled by one": func(h thief) {
			h.joinsAt(`nodes/w`)
			h.forged(`nodes/w1/`, h.genuine())
		},
		"a worker's rule, a master's files": func(h thief) {
			h.joinsAt(`nodes/(w1|m1)/`)
			h.forged(`nodes/w1/`, h.genuine())
			h.forged(`nodes/m1/`, garbage)
		},
		"authorities' rule, next": func(h thief) { h.joinsAt(`cluster/.*\.next\.`) },
		"authorities' rule, next, with lists and labels": func(h thief) {
			h.joinsAt(`cluster/.*\.next\.`)
			h.labelled(`cluster/`)
			h.listed(`cluster/`)
		},
		"tokens' rule":         func(h thief) { h.joinsAt(`tokens/(bob|carol)`); h.forged(`tokens/alice`, garbage) },
		"tokens' rule, forged": func(h thief) { h.joinsAt(`tokens/`); h.forged(`tokens/`, garbage) },
		"the policy, labels of one left": func(h thief) {
			h.joins()
			h.unlabelled(`cluster/`)
			h.listed(`cluster/`)
		},
	}
}

func (h thief) etcdAlone(node string) {
	h.plan.Copies = slices.DeleteFunc(h.plan.Copies, func(c plan.Copy) bool { return layout.NodeOf(c.ID) == node })
	h.plan.Certificates = slices.DeleteFunc(h.plan.Certificates, func(c plan.Certificate) bool {
		return layout.NodeOf(c.ID) == node && c.Authority != etcdCA
	})
}

// occasions are what an operator does afterwards, all of which is legitimate by itself.
func occasions() map[string]func(t *testing.T, w *world) {
	return map[string]func(t *testing.T, w *world){
		"build":            func(*testing.T, *world) {},
		"renewal":          func(_ *testing.T, w *world) { w.renew = Renewal{Asked: true} },
		"an operator left": func(_ *testing.T, w *world) { w.operators = slices.Delete(w.operators, 1, 2) },
		"a worker":         func(t *testing.T, w *world) { w.like(t, "w1", "w3") },
		"a user":           func(_ *testing.T, w *world) { w.users("ops", "alice", "bob", "carol"); w.copies() },
		"a step of the encryption key": func(t *testing.T, w *world) {
			w.step = &Step{Of: w.rotating(t, encryption), Phase: Stage}
		},
		"a step of the authority": func(t *testing.T, w *world) { w.step = &Step{Of: w.rotating(t, kubernetesCA), Phase: Stage} },
		"a user's new token":      func(_ *testing.T, w *world) { w.replace = []string{layout.Tokens + "/bob"} },
	}
}

// copies gives every master the table of m1.
func (w *world) copies() {
	table := w.plan.Copies[len(w.plan.Copies)-1]
	for _, c := range w.plan.Copies {
		if node := layout.NodeOf(c.ID); strings.HasSuffix(c.ID, "/encryption") && node != "m1" {
			table.ID, table.Recipients = strings.Replace(knownTokens, "m1", node, 1), c.Recipients
			w.plan.Copies = append(w.plan.Copies, table)
		}
	}
}

// TestRecipients: whatever a pull request does to the lists of recipients, no build seals anything for the thief, unless it is
// told that it is meant.
func TestRecipients(t *testing.T) {
	town := newTown(t)
	refused, tried := 0, 0
	later := slices.Sorted(maps.Keys(occasions()))
	for i, what := range slices.Sorted(maps.Keys(attacks())) {
		attack := attacks()[what]
		for _, when := range []string{"build", "renewal", later[i%len(later)]} {
			occasion := occasions()[when]
			tried++
			w := town.twin()
			key := testtool.Age(t)
			h := thief{w, t, key, key.Recipient().String()}
			occasion(t, w)
			attack(h)
			res, problems := w.issue(t)
			if problems.HasErrors() {
				refused++
			}
			for _, name := range res.Write {
				if _, to, err := vault.Read(res.Files[name]); err == nil && slices.Contains(to, h.name) {
					t.Errorf("%s, %s: %s was sealed to the thief", what, when, name)
				}
			}
			if what == "a worker among the operators" && !problems.HasErrors() {
				t.Errorf("%s, %s: nothing is refused", what, when)
			}
			for _, d := range problems {
				if d.Hint == "" && strings.Contains(d.Summary, "recipient") {
					t.Errorf("%s, %s: no hint: %s", what, when, d.Summary)
				}
			}
		}
	}
	t.Logf("%d attacks, %d variations: %d refused, and the others seal nothing for the thief", len(attacks()), tried, refused)
}

// TestLegitimate: nothing of what operators do needs their consent to new recipients, but new recipients.
func TestLegitimate(t *testing.T) {
	town := newTown(t)
	for when, occasion := range occasions() {
		w := town.twin()
		occasion(t, w)
		w.build(t)
		w.step, w.renew, w.replace = nil, Renewal{}, nil
		w.sealed = true
		if res := w.build(t); res.Counts.Issued+res.Counts.Reissued+res.Counts.Resealed > 0 {
			t.Errorf("%s: a second build makes something: %+v", when, res.Counts)
		}
	}
	for name, change := range map[string]func(w *world){
		"an operator":  func(w *world) { w.operators = append(w.operators, testtool.Age(t).Recipient().String()) },
		"a master":     func(w *world) { w.like(t, "m1", "m3") },
		"a node's key": func(w *world) { w.rekeyed("w1", testtool.Age(t).Recipient().String()) },
	} {
		w := town.twin()
		change(w)
		if _, problems := w.issue(t); !strings.Contains(describe(problems), "is new among the recipients") {
			t.Errorf("%s: got\n%s", name, describe(problems))
		}
		w.accept = true
		w.build(t)
		w.accept, w.sealed = false, true
		w.build(t)
	}
}

// TestRelisted: a list that was edited is refused with a key and without, and a build puts it right once that is accepted.
func TestRelisted(t *testing.T) {
	town := newTown(t)
	for name, opens := range map[string]func(h thief){
		"by somebody without a key": func(h thief) { h.listed(`cluster/`) },
		"by somebody with a key":    func(h thief) { h.listed(`cluster/`); h.joins() },
		"of leaves":                 func(h thief) { h.listed(`nodes/`); h.joins() },
	} {
		w := town.twin()
		h := thief{w, t, testtool.Age(t), testtool.Age(t).Recipient().String()}
		opens(h)
		for _, locked := range []bool{true, false} {
			w.locked, w.sealed = locked, true
			if _, problems := w.issue(t); !strings.Contains(describe(problems), "the list of its recipients was edited after it was sealed") {
				t.Errorf("%s: got\n%s", name, describe(problems))
			}
		}
		if examined, _ := Examine(w.plan, w.inputs(t), false); !strings.Contains(describe(examined.Findings), h.name+" was added to it") {
			t.Errorf("%s: got\n%s", name, describe(examined.Findings))
		}
		w.locked, w.sealed, w.accept = false, false, true
		w.build(t)
		w.accept, w.sealed = false, true
		w.build(t)
	}
}

// TestUnlabelled: files of older versions are told, and are sealed again with proof once their recipients are accepted. Before
// that, nothing new is sealed beside them.
func TestUnlabelled(t *testing.T) {
	w := newTown(t).twin()
	w.older = map[string]bool{}
	for _, f := range w.files {
		w.older[string(f.Data)] = true
	}
	w.sealed = true
	if _, problems := w.issue(t); problems.HasErrors() || !strings.Contains(describe(problems), "warning: sealed files do not prove to whom they were sealed") {
		t.Errorf("got\n%s", describe(problems))
	}
	w.sealed, w.renew = false, Renewal{Asked: true}
	if _, problems := w.issue(t); !strings.Contains(describe(problems), "could open the secrets before: files that name it were sealed by an older version") {
		t.Errorf("got\n%s", describe(problems))
	}
	w.accept = true
	w.build(t)
	w.accept, w.renew, w.sealed = false, Renewal{}, true
	if _, problems := w.issue(t); len(problems) > 0 {
		t.Errorf("got\n%s", describe(problems))
	}
	w.sealed, w.renew = false, Renewal{Asked: true}
	w.build(t)
}
