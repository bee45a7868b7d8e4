package cli_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/change/review"
	"github.com/harender/harender/internal/cli"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/proof/testtool"
	"github.com/harender/harender/internal/repository"
)

// everywhere are the commands that every golden cluster has to agree on after a build, with exit status 0.
const everywhere = `build
verify --open
diff
`

// shares is how many parts onSome is run in: a cluster has one part, and the next cluster the next.
const shares = 5

// onSome take longer, and ask what the clusters have in common: each runs on some of them.
const onSome = `check
verify
verify -o json
certs list
certs list -o json
certs list --expires-within 24h
secrets access
secrets access -o json
secrets access --stolen NODE
secrets retired
diff -o json
diff -o markdown
diff -o sarif
diff -o ansible
report
graph
graph -o mermaid
build --locked
payload --secrets open --format tar --out OUT/tar
payload --secrets open --format dir --out OUT/dir
payload --secrets open --format ignition --out OUT/ignition
payload --secrets open --format cloud-init --out OUT/cloud-init
payload --secrets open --format ansible --out OUT/ansible
`

// TestCommandsAgree builds every golden cluster, and some more, and lets each command look at what came of it: none may
// contradict another. A second build changes no byte; nothing is different; every pod is explained.
func TestCommandsAgree(t *testing.T) {
	dirs, err := filepath.Glob("../../testdata/clusters/*")
	if err != nil || len(dirs) == 0 {
		t.Fatal(err)
	}
	for i, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			s := newScene(t, os.DirFS(dir), nil)
			s.agree(i)
		})
	}
	more := map[string]func(string) string{
		"pools": func(spec string) string { return strings.Replace(spec, "  nodes:", "  pools: {big: {}}\n  nodes:", 1) },
		"tokens": func(spec string) string {
			return strings.Replace(spec, "  nodes:", "  apiServer: {tokens: [{user: anna, groups: [readers]}]}\n  nodes:", 1)
		},
	}
	for name, change := range more {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, os.DirFS("../../testdata/clusters/single"), change)
			if name == "pools" {
				s.change(func(spec string) string { return strings.Replace(spec, "worker]}", "worker], pool: big}", 1) })
			}
			for part := range shares {
				s.agree(part)
			}
		})
	}
}

// scene is a repository, and the operator's key.
type scene struct {
	*testing.T
	dir, out string
	// node is one of the cluster.
	node     string
	operator *age.X25519Identity
	now      func() time.Time
}

func newScene(t *testing.T, files fs.FS, change func(string) string) *scene {
	t.Helper()
	s := &scene{T: t, dir: filepath.Join(t.TempDir(), "c"), out: t.TempDir(), operator: testtool.Age(t), now: time.Now}
	if err := os.CopyFS(s.dir, files); err != nil {
		t.Fatal(err)
	}
	policy := "creation_rules:\n  - path_regex: ^secrets/\n    age: " + s.operator.Recipient().String() + "\n"
	if err := os.WriteFile(filepath.Join(s.dir, ".sops.yaml"), []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		s.change(change)
	}
	return s
}

func (s *scene) change(edit func(string) string) {
	s.Helper()
	name := filepath.Join(s.dir, "cluster.yaml")
	text, err := os.ReadFile(name) // #nosec G304 -- the test's own folder
	if err != nil {
		s.Fatal(err)
	}
	edited := edit(string(text))
	if edited == string(text) {
		s.Fatal("the spec is as it was")
	}
	if err := os.WriteFile(name, []byte(edited), 0o600); err != nil { // #nosec G703 -- the test's own folder
		s.Fatal(err)
	}
}

// run runs a command in the repository, which has to end well, and to fit a plain terminal where it is for people.
func (s *scene) run(command string) (stdout string) {
	s.Helper()
	command = strings.ReplaceAll(strings.TrimSpace(command), "NODE", s.node)
	out, said, code := s.try(command)
	if code != 0 {
		s.Errorf("harender %s: exit status %d\n%s%s", command, code, out, said)
	}
	if forPeople(command) {
		for _, line := range tooWide(out) {
			s.Errorf("harender %s: %s", command, line)
		}
	}
	return out
}

// forPeople reports whether a command prints what people read on a screen.
func forPeople(command string) bool {
	return command != "report" && !strings.HasPrefix(command, "graph") && !strings.Contains(command, " -o ")
}

// try runs a command in the repository, on a screen of 80 columns.
func (s *scene) try(command string) (stdout, stderr string, code int) {
	s.Helper()
	var out, said bytes.Buffer
	named := strings.Contains(command, "DIR") && !strings.HasSuffix(command, " -C") || strings.HasSuffix(command, " NOWHERE")
	args := strings.Fields(strings.NewReplacer("OUT", s.out, "DIR", s.dir, "NOWHERE", "").Replace(command))
	if !named {
		args = append(args, s.dir)
	}
	env := cli.Environment{
		Environment: repository.Environment{
			Builtin: harender.Assets, Now: s.now, Rand: rand.Reader,
			LookupEnv: func(name string) (string, bool) { return s.operator.String(), name == "SOPS_AGE_KEY" },
		},
		In: strings.NewReader(""), Out: &out, Err: &said, Screen: review.Screen{Width: columns},
	}
	code = cli.Run(context.Background(), args, env)
	return out.String(), said.String(), code
}

// agree runs the commands; turn says which of those that do not run everywhere.
func (s *scene) agree(turn int) {
	s.Helper()
	s.run("build")
	if s.Failed() {
		return
	}
	nodes, err := filepath.Glob(filepath.Join(s.dir, "rendered", "*.index.json"))
	nodes = slices.DeleteFunc(nodes, func(name string) bool {
		return slices.Contains([]string{tree.Addons, tree.Cloud}, strings.TrimSuffix(filepath.Base(name), ".index.json"))
	})
	if err != nil || len(nodes) == 0 {
		s.Fatal("no node was rendered", err)
	}
	s.node = strings.TrimSuffix(filepath.Base(nodes[turn%len(nodes)]), ".index.json")
	before := s.tree()
	for command := range strings.Lines(everywhere) {
		s.run(command)
	}
	n := 0
	for command := range strings.Lines(onSome) {
		if n++; n%shares == turn%shares {
			s.run(command)
		}
	}
	s.explained(turn)
	if after := s.tree(); !slices.Equal(before, after) {
		s.Error("a command that only looks, or a build of nothing new, changed the repository")
	}
}

// explained wants where the flags come from for one pod of one node, another one in each cluster.
func (s *scene) explained(turn int) {
	s.Helper()
	pods, err := filepath.Glob(filepath.Join(s.dir, "rendered", "*", "etc", "kubernetes", "manifests", "*.yaml"))
	// kube-vip takes variables, and no flags.
	pods = slices.DeleteFunc(pods, func(name string) bool { return filepath.Base(name) == "kube-vip.yaml" })
	if err != nil || len(pods) == 0 {
		return
	}
	pod := pods[turn%len(pods)]
	node := strings.Split(strings.TrimPrefix(pod, filepath.Join(s.dir, "rendered")+"/"), "/")[0]
	if out := s.run("explain " + node + " " + strings.TrimSuffix(filepath.Base(pod), ".yaml") + " -C"); out == "" {
		s.Errorf("nothing is told of %s", pod)
	}
}

// tree lists all files with their bytes.
func (s *scene) tree() []string {
	s.Helper()
	var out []string
	err := filepath.WalkDir(s.dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name) // #nosec G304,G122 -- the test's own folder
		out = append(out, name+"\x00"+string(text))
		return err
	})
	if err != nil {
		s.Fatal(err)
	}
	return out
}
