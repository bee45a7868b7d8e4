package sandbox_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/harender/harender/internal/compile/render"
	"github.com/harender/harender/internal/compile/sandbox"
	"github.com/harender/harender/internal/diag"
)

// serve and the name of a set of layers make the test binary the child of a sandbox.
const serve = "serve"

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == serve {
		layers := sets()[os.Args[2]]
		if err := sandbox.Serve(layers, render.Here(layers), os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func start(t *testing.T, set string, budget *sandbox.Budget) *sandbox.Sandbox {
	t.Helper()
	s, err := sandbox.Start(exec.Command(os.Args[0], serve, set), budget) // #nosec G204 -- the test itself
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

const component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"

// sets of layers. All but the first would end this process, or take all of its memory or time.
func sets() map[string]fs.FS {
	return map[string]fs.FS{
		"plain":               bomb(component + "labels: [{pairs: {x: \"1\"}}]\n"),
		"doubling copies":     bomb(component + "patches:\n- target: {kind: Pod}\n  patch: |\n" + doubling(40)),
		"doubling components": doublingComponents(24),
		"large generators":    largeGenerators(400),
		"many config maps": bomb(component + "configMapGenerator:\n" + repeated(50_000, func(i int) string {
			return fmt.Sprintf("- {name: n%d, literals: [a=b]}\n", i)
		})),
		"long label path": bomb(component + "labels:\n- pairs: {a: b}\n  fields:\n  - {create: true, path: " +
			strings.Repeat("a/", 100_000) + "a}\n"),
		"deep brackets": bomb(component + "patches:\n- target: {kind: Pod}\n  patch: '" +
			strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000) + "'\n"),
	}
}

func bomb(kustomization string) fstest.MapFS {
	return fstest.MapFS{
		"base/a/kustomization.yaml":     {Data: []byte("resources: [a.yaml]\n")},
		"base/a/a.yaml":                 {Data: []byte("apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {x: y}}\n")},
		"overlays/x/kustomization.yaml": {Data: []byte(kustomization)},
		"lib/large.txt":                 {Data: bytes.Repeat([]byte("x"), 1_000_000)},
	}
}

func repeated(n int, line func(int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i))
	}
	return b.String()
}

// doubling copies a field into itself, each time twice as large.
func doubling(n int) string {
	return repeated(n, func(i int) string {
		return fmt.Sprintf("    - {op: copy, from: /metadata, path: /metadata/c%d}\n", i)
	})
}

func doublingComponents(n int) fstest.MapFS {
	out := bomb(component + "components: [../y0, ../y0]\n")
	for i := range n {
		out[fmt.Sprintf("overlays/y%d/kustomization.yaml", i)] = &fstest.MapFile{
			Data: fmt.Appendf(nil, "%scomponents: [../y%d, ../y%d]\n", component, i+1, i+1),
		}
	}
	out[fmt.Sprintf("overlays/y%d/kustomization.yaml", n)] = &fstest.MapFile{
		Data: []byte(component + "labels: [{pairs: {x: \"1\"}}]\n"),
	}
	return out
}

func largeGenerators(n int) fstest.MapFS {
	out := bomb(component + "configMapGenerator:\n" + repeated(n, func(i int) string {
		return fmt.Sprintf("- {name: n%d, files: [large.txt]}\n", i)
	}))
	out["overlays/x/large.txt"] = &fstest.MapFile{Data: []byte(strings.Repeat("x", 3<<20))}
	return out
}

func parts() render.Parts {
	return render.Parts{Bases: []string{"base/a"}, Components: []string{"overlays/x"}}
}

// TestEngines: the child answers what this process would.
func TestEngines(t *testing.T) {
	layers := sets()["plain"]
	for name, e := range map[string]render.Engines{
		"here": render.Here(layers), "in a sandbox": start(t, "plain", sandbox.NewBudget()),
	} {
		if list := e.Inspect(); len(list) > 0 {
			t.Errorf("%s: %+v", name, list)
		}
		objects, list := e.Shape(parts())
		if len(list) > 0 || len(objects) != 1 || objects[0].Name != "a" || !strings.Contains(string(objects[0].Text), "x: \"1\"") {
			t.Errorf("%s: %+v, %+v", name, objects, list)
		}
		_, list = e.Shape(render.Parts{Bases: []string{"base/none"}})
		if len(list) != 1 || !strings.HasPrefix(list[0].Summary, "kustomize refuses") {
			t.Errorf("%s: %+v", name, list)
		}
		out, list := e.Evaluate(layers, "x.jsonnet", "function(x) x.y + 1", map[string]string{"x": `{"y": 1}`})
		if len(list) > 0 || strings.TrimSpace(string(out)) != "2" {
			t.Errorf("%s: %s, %+v", name, out, list)
		}
		if _, list = e.Evaluate(layers, "x.jsonnet", "{ a: 1", nil); len(list) != 1 || list[0].Pos.Col != 7 {
			t.Errorf("%s: %+v", name, list)
		}
	}
}

// patience keeps what never ends from taking as long as a command may.
const patience = 5 * time.Second

// TestPrograms: each ends in a finding with a hint and without a Go trace.
func TestPrograms(t *testing.T) {
	for name, src := range map[string]string{
		"tail calls": "local f(n) = f(n + 1) tailstrict; f(1)",
		"brackets":   strings.Repeat("(", 120_000) + "1" + strings.Repeat(")", 120_000),
		"array":      "std.makeArray(1e9, function(i) i)",
		"string":     "local d(s, n) = if n == 0 then s else d(s + s, n - 1); std.length(d('aaaaaaaa', 40))",
		"output":     "local s = importstr 'large.txt'; std.map(function(i) s, std.range(1, 40))",
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, "plain", sandbox.Limit(patience, 16<<20))
			_, list := s.Evaluate(nil, "x.jsonnet", src, nil)
			checkEnd(t, list)
			if _, again := s.Evaluate(nil, "x.jsonnet", "1", nil); !again.HasErrors() {
				t.Error("a dead sandbox answers")
			}
		})
	}
}

// TestLayers: hostile layers end in a finding, too, or come to little.
func TestLayers(t *testing.T) {
	for name := range sets() {
		t.Run(name, func(t *testing.T) {
			s := start(t, name, sandbox.Limit(patience, 16<<20))
			if list := s.Inspect(); list.HasErrors() {
				checkEnd(t, list)
				return
			}
			objects, list := s.Shape(parts())
			if list.HasErrors() {
				checkEnd(t, list)
			}
			if size := sizeOf(objects); size > 64<<20 {
				t.Errorf("%d bytes came out", size)
			}
		})
	}
}

func sizeOf(objects []render.Object) (size int) {
	for _, o := range objects {
		size += len(o.Text)
	}
	return size
}

func checkEnd(t *testing.T, list diag.List) {
	t.Helper()
	if len(list) == 0 {
		t.Error("no finding")
	}
	for _, d := range list {
		if d.Hint == "" || strings.Contains(d.Detail, "goroutine") || strings.Contains(d.Summary, "unexpectedly") {
			t.Errorf("%+v", d)
		}
		t.Log(d.Summary)
	}
}

// TestOneBudget: several children share one budget, of output as of time, and none does anything when it is spent.
func TestOneBudget(t *testing.T) {
	budget := sandbox.Limit(time.Minute, 3<<20)
	for range 2 {
		if _, list := start(t, "plain", budget).Evaluate(nil, "", "importstr 'large.txt'", nil); list.HasErrors() || budget.Spent() {
			t.Fatal(list)
		}
	}
	_, list := start(t, "plain", budget).Evaluate(nil, "", "(importstr 'large.txt') + importstr 'large.txt'", nil)
	checkEnd(t, list)
	if !budget.Spent() {
		t.Error("the budget is not spent")
	}
	budget = sandbox.Limit(2*time.Second, 1<<20)
	for range 3 {
		_, list = start(t, "plain", budget).Evaluate(nil, "", "local f(n) = if n == 0 then 0 else f(n - 1) + f(n - 1); f(60)", nil)
		checkEnd(t, list)
		if !budget.Spent() {
			t.Error("the budget is not spent")
		}
	}
}

// TestLateByTheClock: a child that waits takes no time of processors, and ends all the same.
func TestLateByTheClock(t *testing.T) {
	budget := sandbox.LimitClock(time.Second / 2)
	s, err := sandbox.Start(exec.Command("sleep", "60"), budget)
	if err != nil {
		t.Fatal(err)
	}
	_, list := s.Evaluate(nil, "x.jsonnet", "1", nil)
	if checkEnd(t, list); !budget.Spent() || !strings.Contains(list[0].Summary, "10m by the clock") {
		t.Errorf("%+v", list)
	}
}

// TestBusyMachine: time in which others have the processors is not counted, as while a child is stopped.
func TestBusyMachine(t *testing.T) {
	budget := sandbox.Limit(20*time.Second, 1<<20)
	cmd := exec.Command(os.Args[0], serve, "plain") // #nosec G204 -- the test itself
	s, err := sandbox.Start(cmd, budget)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(2*time.Second, func() { _ = cmd.Process.Signal(syscall.SIGCONT) })
	begun := time.Now()
	if _, list := s.Evaluate(nil, "x.jsonnet", "1", nil); list.HasErrors() {
		t.Fatal(list)
	}
	if took, left := time.Since(begun), budget.Left(); took < 2*time.Second || left < 19*time.Second {
		t.Errorf("%s by the clock, and %s of 20 s are left", took, left)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
