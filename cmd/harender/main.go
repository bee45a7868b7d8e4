// Command harender renders highly available Kubernetes control planes. See the README.
//
// It catches no signal: a run that is killed at any point leaves the old output or the new one.
package main

import (
	"context"
	"crypto/rand"
	"os"
	"runtime/debug"
	"time"

	harender "github.com/harender/harender"
	"github.com/harender/harender/internal/cli"
	"github.com/harender/harender/internal/compile/sandbox"
	"github.com/harender/harender/internal/repository"
)

// garbage is the percentage by which the heap may grow between two collections: three times what is usual. A run is over in
// seconds; this saves it a tenth of them, and makes 200 MiB of 120 for a thousand nodes.
const garbage = 300

func main() {
	if _, set := os.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(garbage)
	}
	_ = private() // A kernel that refuses is no reason to refuse the work.
	os.Exit(cli.Run(context.Background(), os.Args[1:], cli.Environment{
		Environment: repository.Environment{
			Builtin: harender.Assets, Now: time.Now, Rand: rand.Reader, LookupEnv: os.LookupEnv, Sandbox: cli.Sandbox, Budget: sandbox.NewBudget(),
		},
		In:     os.Stdin,
		Out:    os.Stdout,
		Err:    os.Stderr,
		Color:  cli.Colorful(os.Stderr, os.LookupEnv),
		Shown:  cli.IsTerminal(os.Stdout),
		Screen: cli.Screen(os.Stdout, os.LookupEnv),

		Progress: cli.ProgressOn(os.Stderr, os.LookupEnv),
	}))
}
