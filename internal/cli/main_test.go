package cli_test

import (
	"context"
	"crypto/rand"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	harender "github.com/harender/harender"
	"github.com/harender/harender/internal/cli"
	"github.com/harender/harender/internal/compile/sandbox"
	"github.com/harender/harender/internal/proof/testtool"
	"github.com/harender/harender/internal/repository"
)

var update = flag.Bool("update", false, "write what the program prints into the scripts, and the reference")

// later is a duration: how far the clock of a harender in a script is ahead.
const later = "HARENDER_TEST_LATER"

// TestMain lets the test binary stand in for harender, and for one that has half a second.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"harender": func() { os.Exit(run(context.Background())) },
		"hasty": func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second/2)
			code := run(ctx)
			cancel()
			os.Exit(code)
		},
	})
}

// run is what main does, with a clock that a script can set.
func run(ctx context.Context) int {
	slow := slowness()
	ahead, _ := time.ParseDuration(os.Getenv(later)) // Scripts that do not set it live now.
	return cli.Run(ctx, os.Args[1:], cli.Environment{
		Environment: repository.Environment{
			Builtin: harender.Assets, Rand: rand.Reader, LookupEnv: os.LookupEnv, Sandbox: cli.Sandbox, Budget: sandbox.NewBudget(),
			Now: func() time.Time { return today().Add(ahead + slow.step()) },
		},
		In:     os.Stdin,
		Out:    os.Stdout,
		Err:    os.Stderr,
		Color:  cli.Colorful(os.Stderr, os.LookupEnv),
		Shown:  cli.IsTerminal(os.Stdout),
		Screen: cli.Screen(os.Stdout, os.LookupEnv),

		Progress: slow.progress,
	})
}

// today is the clock of scripts that do not set it. It stands still when the support of the newest minor ends, of which check
// warns: what scripts say of a cluster without a version must not depend on when they run.
func today() time.Time {
	newest := repository.BuiltinVersions(repository.Environment{Builtin: harender.Assets})[0]
	if end, err := time.Parse(time.DateOnly, newest.EndOfLife); err == nil && time.Now().After(end) {
		return end
	}
	return time.Now()
}

// slowed says how a harender in a script tells its progress: lines or bar. Its clock then runs as if all took long.
const slowed = "HARENDER_TEST_SLOWED"

type slow struct {
	progress cli.Progress
	calls    *atomic.Int64
}

func slowness() slow {
	return slow{map[string]cli.Progress{"lines": cli.Lines, "bar": cli.Bar}[os.Getenv(slowed)], &atomic.Int64{}}
}

// step is how late it is at this call, if all takes long.
func (s slow) step() time.Duration {
	if s.progress == cli.NoProgress {
		return 0
	}
	return time.Duration(s.calls.Add(1)) * 400 * time.Millisecond
}

func TestScripts(t *testing.T) {
	testscript.Run(t, params(t, "testdata/script/*.txtar"))
}

// params are those of scripts in which the operator's key lies in $WORK/operator.txt once init made it, and the stock
// sops and jsonnet are at hand.
func params(t *testing.T, pattern string) testscript.Params {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no script is %s: %v", pattern, err)
	}
	tools := map[string]string{
		"sops":      testtool.Build(t, "github.com/getsops/sops/v3/cmd/sops"),
		"jsonnet":   testtool.Build(t, "github.com/google/go-jsonnet/cmd/jsonnet"),
		"cfssl":     testtool.Build(t, "github.com/cloudflare/cfssl/cmd/cfssl"),
		"cfssljson": testtool.Build(t, "github.com/cloudflare/cfssl/cmd/cfssljson"),
		// Ignition's own, for versions of the specification that Debian's ignition-validate does not know.
		"validate": testtool.Build(t, "github.com/coreos/ignition/v2/validate"),
	}
	schema, err := filepath.Abs("../../docs/diff.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return testscript.Params{
		Files:               files,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup: func(e *testscript.Env) error {
			bin := filepath.Join(e.WorkDir, ".bin")
			if err := os.Mkdir(bin, 0o700); err != nil {
				return err
			}
			e.Setenv("PATH", bin+string(filepath.ListSeparator)+e.Getenv("PATH"))
			e.Setenv("SOPS_AGE_KEY_FILE", filepath.Join(e.WorkDir, "operator.txt"))
			e.Setenv("SCHEMA", schema)
			for name, path := range tools {
				if err := os.Symlink(path, filepath.Join(bin, name)); err != nil {
					return err
				}
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"snapshot": snapshot,
			"changes":  changes,
			"edit":     edit,
			"gauges":   gauges,
			"valid":    valid,
			"status":   status,
		},
	}
}

// edit FILE OLD NEW replaces the one place in the file that says OLD.
func edit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	old, replacement := unescaped(args[1]), unescaped(args[2])
	if n := strings.Count(text, old); n != 1 {
		ts.Fatalf("%s says %q %d times", args[0], old, n)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, old, replacement, 1)), 0o600))
}

func unescaped(s string) string { return strings.ReplaceAll(s, `\n`, "\n") }
