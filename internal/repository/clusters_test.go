package repository_test

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/compile/render"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
)

var update = flag.Bool("update", false, "write the golden files again")

const (
	clusters  = "../../testdata/clusters"
	manifests = "etc/kubernetes/manifests/"
)

// TestClusters compiles every golden cluster, and lets independent judges look at what comes out.
func TestClusters(t *testing.T) {
	dirs, err := os.ReadDir(clusters)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		t.Run(d.Name(), func(t *testing.T) {
			c := compileCluster(t, d.Name())
			for _, judge := range []struct {
				name  string
				check func(*testing.T, compile.Compiled)
			}{
				{"golden", checkGolden}, {"types", checkTypes}, {"haproxy", checkHAProxy}, {"keepalived", checkKeepalived},
				{"unit", checkUnit}, {"units", checkUnits}, {"balancer units", checkBalancerUnits}, {"sysusers", checkSysusers}, {"tmpfiles", checkTmpfiles},
				{"benchmark", checkBenchmark}, {"references", checkReferences},
				{"corefiles", checkCorefiles}, {"dnsmasq", checkDnsmasq}, {"payloads", checkPayloads},
			} {
				t.Run(judge.name, func(t *testing.T) { judge.check(t, c) })
			}
		})
	}
}

func compileCluster(t *testing.T, name string) compile.Compiled {
	t.Helper()
	root, err := os.OpenRoot(filepath.Join(clusters, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return compileRepository(t, root.FS())
}

// compileRepository takes warnings, such as the one about a single master, but no errors.
func compileRepository(t *testing.T, repository fs.FS) compile.Compiled {
	t.Helper()
	c, list := compile.Compile(repository, harender.Assets, render.Here)
	if list.HasErrors() {
		t.Fatal(printed(t, list))
	}
	return c
}

func printed(t *testing.T, list diag.List) string {
	t.Helper()
	var b bytes.Buffer
	if err := diag.Print(&b, list, false); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// distinct calls check once for each different content of the files that match the pattern, with one node that has it.
func distinct(t *testing.T, c compile.Compiled, pattern string, check func(t *testing.T, node plan.Node, f tree.File)) {
	t.Helper()
	seen := map[string]bool{}
	for _, n := range c.Plan.Nodes {
		for _, f := range c.Rendered.Nodes[n.Cluster.Name] {
			match, err := path.Match(pattern, f.Path)
			if err != nil {
				t.Fatal(err)
			}
			key := f.Path + "\x00" + string(f.Content.Bytes())
			if !match || seen[key] {
				continue
			}
			seen[key] = true
			t.Run(n.Cluster.Name+"/"+strings.ReplaceAll(f.Path, "/", "."), func(t *testing.T) { check(t, n, f) })
		}
	}
}
