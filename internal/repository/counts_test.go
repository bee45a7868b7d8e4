package repository_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/harender/harender/internal/keys/issue"
	"github.com/harender/harender/internal/proof/testtool"
	"github.com/harender/harender/internal/repository"
)

// change is one thing that a user does to a repository that was built.
type change struct {
	name    string
	apply   func(t *testing.T, f fleet)
	options repository.Options
	// least says why no fewer files can change.
	least string
}

// newcomers are the keys of two nodes and of an operator.
type newcomers struct{ m1, m1Later, operator string }

func changesOf(k newcomers) []change {
	spec := func(pairs ...string) func(*testing.T, fleet) {
		return func(t *testing.T, f fleet) {
			for i := 0; i < len(pairs); i += 2 {
				f.replace(t, "cluster.yaml", pairs[i], pairs[i+1])
			}
		}
	}
	const first = "  nodes:\n    - "
	const worker = `{name: w9, address: "10.0.0.99", roles: [worker]}` + "\n    - "
	return []change{
		{"nothing", spec(), repository.Options{}, "nothing changes"},
		{"a worker is added", spec(first, first+worker), repository.Options{},
			"the worker's own files; of what others have, no file names the workers"},
		{"a worker is removed", spec(`    - {name: w2, address: "10.0.0.15", roles: [worker]}`+"\n", ""), repository.Options{},
			"its files go; no key is deleted"},
		{"a worker gets another name", spec("{name: w2,", "{name: w9,"), repository.Options{},
			"to Kubernetes and to its certificates it is another node, and no key is deleted"},
		{"two masters are added", spec("    - {name: w1,", `    - {name: m8, address: "10.0.0.98", roles: [etcd, control-plane]}
    - {name: m9, address: "10.0.0.97", roles: [etcd, control-plane]}
    - {name: w1,`), repository.Options{},
			"the members of etcd know each other by their flags, the balancers all apiservers, and keepalived its peers; no certificate that exists names another node"},
		{"a master gets another name", spec("{name: m3,", "{name: m9,"), repository.Options{},
			"to its certificates it is another node; the other members of etcd have its name in their flags, and the balancers in their configuration"},
		{"another virtual IP", spec(`host: "10.0.0.10"`, `host: "10.0.0.9"`), repository.Options{},
			"the apiservers' certificates name it, keepalived carries it, and the kubeconfigs of all nodes have it as the server"},
		{"a name beside the virtual IP", spec(`host: "10.0.0.10"`, `host: api.example.org`, "    kind: keepalived\n", "    kind: keepalived\n    virtualIP: 10.0.0.10\n"), repository.Options{},
			"the apiservers' certificates get one more name, and the kubeconfigs of all nodes have it as the server; keepalived stays"},
		{"another port of the endpoint", spec("port: 8443", "port: 9443"), repository.Options{},
			"a port is in no certificate"},
		{"a SAN", spec(first, "  apiServer: {certSANs: [k8s.example.org]}\n"+first), repository.Options{},
			"a certificate for each apiserver, with a new key, and the old pair in retired/; pods do not change, as an apiserver loads it by itself"},
		{"another recipient of a node", spec("["+k.m1+"]", "["+k.m1Later+"]"), repository.Options{AcceptRecipients: true},
			"anyone who has the old key could open the node's secrets and keep them: each leaf gets a new key; copies of the cluster's secrets are sealed again, as a new key for those is a rotation"},
		{"a further recipient of a node", spec("["+k.m1+"]", "["+k.m1+", "+k.m1Later+"]"), repository.Options{AcceptRecipients: true},
			"what the node has is sealed again, and no key changes"},
		{"a node has no recipient any more", spec("recipients: ["+k.m1+"], ", ""), repository.Options{},
			"as for another recipient"},
		{"an operator is added", func(t *testing.T, f fleet) { f.operators(t, ","+k.operator) }, repository.Options{AcceptRecipients: true},
			"every sealed file is sealed again, and no key changes"},
		{"an operator is removed", func(t *testing.T, f fleet) { f.operators(t, "") }, repository.Options{},
			"they could have opened everything: every leaf gets a new key, and every secret of the cluster is sealed again"},
		{"a recipe asks for another key", func(t *testing.T, f fleet) {
			f.put(t, "secrets/csr/kube-scheduler.json", `{"key": {"algo": "ecdsa", "size": 384}}`)
		}, repository.Options{}, "one certificate on each master"},
		{"another lifetime", spec(first, "  certificates: {validity: 8760h}\n"+first), repository.Options{},
			"every leaf has it in its certificate; authorities have a lifetime of their own"},
		{"a patch of Kubernetes", spec(`"1.37.1"`, `"1.37.2"`), repository.Options{},
			"images, and what tells the release; no certificate knows one"},
		{"an authority is staged", nil, repository.Options{Rotate: repository.Rotation{Name: "front-proxy", Phase: issue.Stage}},
			"the new authority, and the bundle of each apiserver"},
	}
}

// TestCounts builds a cluster of three masters and two workers, makes one change, and builds again. What that issued, sealed and
// wrote, with every path, is in testdata/changes.txtar; run with -update, and review the difference.
func TestCounts(t *testing.T) {
	keys := func() string { return testtool.Age(t).Recipient().String() }
	k := newcomers{keys(), keys(), keys()}
	golden := txtar.Archive{Comment: []byte("What one change makes a build do, beside the file that was changed. Made by go test ./internal/repository -run TestCounts -update.\n")}
	for _, c := range changesOf(k) {
		f := newFleet(t, 3, 2)
		f.replace(t, "cluster.yaml", "{name: m1, ", "{name: m1, recipients: ["+k.m1+"], ")
		f.replace(t, "cluster.yaml", `kubernetesVersion: "1.37.2"`, `kubernetesVersion: "1.37.1"`)
		if c.name == "an operator is removed" {
			f.operators(t, ","+k.operator)
		}
		f.build(t)
		before := f.states(t)
		if c.apply != nil {
			c.apply(t, f)
		}
		report, list, err := repository.Build(t.Context(), f.dir, f.env, c.options)
		if err != nil || list.HasErrors() {
			t.Fatal(c.name, err, list)
		}
		var b strings.Builder
		fmt.Fprintf(&b, "# %s\n%+v\nsecrets %+v\nrendered %+v\n%s", c.least, report.Counts, report.Secrets, report.Rendered, differences(before, f.states(t)))
		golden.Files = append(golden.Files, txtar.File{Name: c.name, Data: []byte(b.String())})
	}
	compareGolden(t, filepath.Join("../../testdata", "changes.txtar"), txtar.Format(&golden))
}

// operators has the fleet's own operator, and others after a comma each.
func (f fleet) operators(t *testing.T, others string) {
	t.Helper()
	text := string(read(t, filepath.Join(f.dir, ".sops.yaml")))
	f.put(t, ".sops.yaml", regexp.MustCompile(`age: (age1[0-9a-z]+).*`).ReplaceAllString(text, "age: ${1}"+others))
}

func (f fleet) put(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join(f.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// replace changes the one place in a file that says old.
func (f fleet) replace(t *testing.T, name, old, replacement string) {
	t.Helper()
	text := read(t, filepath.Join(f.dir, name))
	if n := bytes.Count(text, []byte(old)); n != 1 {
		t.Fatalf("%s says %q %d times:\n%s", name, old, n, text)
	}
	f.put(t, name, strings.Replace(string(text), old, replacement, 1))
}

// state of a file: what it says, and which it is.
type state struct {
	sum    [32]byte
	object string
}

func (f fleet) states(t *testing.T) map[string]state {
	t.Helper()
	out := map[string]state{}
	for name, object := range f.objects(t) {
		out[name] = state{sha256.Sum256(read(t, filepath.Join(f.dir, name))), object}
	}
	return out
}

var serial = regexp.MustCompile(`-[0-9a-f]{30,64}\.`)

// differences are the files that came (+), went (-), say something else (M), or say the same and were written again (T). What
// a node has that came or went is counted.
func differences(before, after map[string]state) string {
	all := maps.Clone(before)
	maps.Copy(all, after)
	var lines []string
	whole := map[string]int{}
	for name := range all {
		was, old := before[name]
		is, now := after[name]
		var sign string
		switch {
		case !old:
			sign = "+"
		case !now:
			sign = "-"
		case was.sum != is.sum:
			sign = "M"
		case was.object != is.object:
			sign = "T"
		default:
			continue
		}
		if dir, gone := nodeFolder(name); sign != "M" && dir != "" && gone(before, after) {
			whole[sign+" "+dir]++
			continue
		}
		lines = append(lines, sign+" "+serial.ReplaceAllString(name, "-SERIAL."))
	}
	for line, n := range whole {
		lines = append(lines, fmt.Sprintf("%s/: %d files", line, n))
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[2:], b[2:]) })
	return strings.Join(append(lines, ""), "\n")
}

// nodeFolder is the folder of the node that a file is in, and whether that was all new, or is gone.
func nodeFolder(name string) (dir string, whole func(before, after map[string]state) bool) {
	parts := strings.Split(name, "/")
	switch {
	case parts[0] == "rendered" && len(parts) > 2:
		dir = strings.Join(parts[:2], "/")
	case parts[0] == "secrets" && parts[1] == "nodes":
		dir = strings.Join(parts[:3], "/")
	default:
		return "", nil
	}
	has := func(all map[string]state) bool {
		for name := range all {
			if strings.HasPrefix(name, dir+"/") {
				return true
			}
		}
		return false
	}
	return dir, func(before, after map[string]state) bool { return has(before) != has(after) }
}
