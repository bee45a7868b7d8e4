// Package boundaries holds the packages of harender to the order in which they may know each other, and each third-party
// engine to the one package that knows it.
package boundaries

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/harender/harender"

// layers are the packages from the outermost to the innermost. A package may import those of later layers alone.
var layers = [][]string{
	{"cmd/harender"},
	{"internal/cli"},
	{"internal/repository"},
	{"internal/repository/scaffold", "internal/compile", "internal/report"},
	{"internal/compile/explain", "internal/compile/sandbox", "internal/change/verify", "internal/keys/access", "internal/change/review"},
	{"internal/change/rollout", "internal/change/upgrade"},
	{"internal/change/diff"},
	{"internal/compile/render", "internal/keys/issue", "internal/keys/vault", "internal/compile/conform", "internal/keys/kubeconfig", "internal/deliver/payload", "internal/deliver/machine"},
	{"internal/keys/pki", "internal/compile/conform/decode", "internal/compile/conform/plaintext", "internal/compile/conform/rules", "internal/compile/conform/staticpod"},
	{"internal/compile/plan", "internal/compile/members", "internal/compile/jsonnet", "internal/compile/release", "internal/keys/adopt", "internal/compile/topology"},
	{"internal/compile/cluster", "internal/deliver/tree", "internal/deliver/ansible"},
	{"internal/compile/spec", "internal/compile/layer", "internal/change/revision"},
	{"internal/keys/sums"},
	{"internal/bounded", "internal/durable", "internal/yamlcheck", "internal/diag", "internal/layout", "internal/parallel", "internal/keys/secret", "internal/keys/certificate"},
}

// outside are packages that are no part of the program: they test or measure it.
var outside = []string{"internal/proof/boundaries", "internal/proof/testtool", "internal/proof/e2e", "internal/proof/bench", "internal/proof/oracle", "internal/proof/reproducible"}

// ban keeps imports with one of the prefixes to the packages that are listed.
type ban struct {
	prefixes []string
	allowed  []string
	reason   string
}

var bans = []ban{
	{
		[]string{"github.com/google/go-jsonnet"}, []string{"internal/compile/jsonnet"},
		"the engine reads any path and never stops by itself; one package bounds it",
	},
	{
		[]string{"sigs.k8s.io/kustomize"}, []string{"internal/compile/render"},
		"the engine fetches from the network and may not run twice at once; one package guards it",
	},
	{
		[]string{"github.com/cloudflare/cfssl"}, []string{"internal/keys/pki"},
		"certificates are signed in one place",
	},
	{
		[]string{"github.com/getsops/sops"}, []string{"internal/keys/vault"},
		"keys are sealed and opened in one place, with the kinds of keys that the policy allows",
	},
	{
		[]string{"filippo.io/age"}, []string{"internal/keys/vault", "internal/compile/cluster"},
		"private keys are read in one place; the cluster only checks the form of recipients",
	},
	{
		[]string{"github.com/go-git/"}, []string{"internal/change/revision"},
		"what was committed is read in one place, and nothing is written to it or fetched",
	},
	{
		[]string{"github.com/homeport/", "github.com/gonvenience/"}, []string{"internal/change/diff"},
		"the engine is made for files of its user, and may panic at others; one package guards it",
	},
	{
		[]string{"github.com/owenrumney/"}, []string{"internal/change/review"},
		"what is found is a value until it is printed",
	},
	{
		[]string{"github.com/spf13/"}, []string{"internal/cli"},
		"what flags there are is nobody else's business",
	},
	{
		[]string{module + "/internal/keys/secret", module + "/internal/keys/vault", module + "/internal/keys/issue"},
		[]string{"internal/cli", "internal/repository", "internal/keys/issue", "internal/keys/pki", "internal/keys/vault", "internal/deliver/tree", "internal/keys/kubeconfig", "internal/keys/adopt", "internal/keys/access", "internal/deliver/payload"},
		"private keys never enter jsonnet, kustomize or a plan; the tree takes sealed content alone",
	},
	{
		[]string{"os", "io/ioutil", "syscall", "golang.org/x/sys"},
		[]string{"cmd/harender", "internal/cli", "internal/repository", "internal/compile/sandbox", "internal/deliver/tree", "internal/keys/vault", "internal/deliver/machine", "internal/durable"},
		"the compiling half is a function of the files that it is handed",
	},
	{
		[]string{"os/exec"}, []string{"internal/cli", "internal/repository", "internal/compile/sandbox"},
		"the one program that harender runs is itself, as the child that computes and shapes layers",
	},
	{
		[]string{"os/signal", "net", "net/http", "net/rpc", "plugin", "unsafe"}, nil,
		"harender calls no network, and a build that is killed at any point has done no harm",
	},
	{
		[]string{"crypto/rand", "math/rand", "math/rand/v2"}, []string{"cmd/harender"},
		"randomness is injected, so that nothing else is random",
	},
	{
		[]string{"log", "log/slog"}, nil,
		"what there is to say is a diagnostic, an error or the result",
	},
}

// pkg is what go list says of a package, without its tests.
type pkg struct {
	ImportPath string
	Imports    []string
}

func TestImports(t *testing.T) {
	for _, p := range product(t) {
		for _, imported := range p.Imports {
			for _, wrong := range violations(short(p.ImportPath), imported) {
				t.Errorf("%s imports %s: %s", short(p.ImportPath), imported, wrong)
			}
		}
	}
}

// TestEveryPackageHasALayer keeps a new package from escaping the order.
func TestEveryPackageHasALayer(t *testing.T) {
	for _, p := range product(t) {
		if name := short(p.ImportPath); name != module && layerOf(name) < 0 {
			t.Errorf("%s is in no layer: add it to the list", name)
		}
	}
}

// TestViolations makes sure that the rules can be broken.
func TestViolations(t *testing.T) {
	for _, c := range []struct {
		importer, imported string
		wrong              int
	}{
		{"internal/compile/render", module + "/internal/compile/plan", 0},
		{"internal/compile/plan", module + "/internal/compile/render", 1},
		{"internal/compile/render", module + "/internal/keys/issue", 2},
		{"internal/compile/render", "github.com/google/go-jsonnet/ast", 1},
		{"internal/compile/jsonnet", "github.com/google/go-jsonnet/ast", 0},
		{"internal/compile/spec", "os", 1},
		{"internal/compile/spec", "os/exec", 1},
		{"internal/cli", "net/http", 1},
		{"internal/compile/cluster", "net/netip", 0},
	} {
		if got := violations(c.importer, c.imported); len(got) != c.wrong {
			t.Errorf("%s imports %s: %d violations, not %d: %q", c.importer, c.imported, len(got), c.wrong, got)
		}
	}
}

func violations(importer, imported string) []string {
	var out []string
	if from, to := layerOf(importer), layerOf(short(imported)); to >= 0 && to <= from {
		out = append(out, "imports run one way, towards "+strings.Join(layers[len(layers)-1], " and "))
	}
	for _, b := range bans {
		if slices.ContainsFunc(b.prefixes, func(p string) bool { return within(imported, p) }) && !slices.Contains(b.allowed, importer) {
			out = append(out, b.reason)
		}
	}
	return out
}

// within reports whether the path is the prefix or, outside the standard library, lies below it.
func within(path, prefix string) bool {
	return path == prefix || strings.Contains(prefix, ".") && strings.HasPrefix(path, strings.TrimSuffix(prefix, "/")+"/")
}

func layerOf(name string) int {
	return slices.IndexFunc(layers, func(l []string) bool { return slices.Contains(l, name) })
}

func short(path string) string { return strings.TrimPrefix(path, module+"/") }

// product lists the packages that the program is made of.
func product(t *testing.T) []pkg {
	t.Helper()
	list := exec.Command("go", "list", "-json=ImportPath,Imports", module+"/...")
	var stderr bytes.Buffer
	list.Stderr = &stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var all []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		switch err := dec.Decode(&p); {
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			t.Fatal(err)
		}
		if !slices.ContainsFunc(outside, func(o string) bool { return within(p.ImportPath, module+"/"+o) }) {
			all = append(all, p)
		}
	}
}
