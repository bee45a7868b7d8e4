// Command harender renders highly available Kubernetes control planes. See the README.
//
// It catches no signal: a run that is killed at any point leaves the old output or the new one.
package main

import (
	"context"
	"crypto/rand"
	"os"
	"time"

	harender "github.com/harender/harender"
	"github.com/harender/harender/internal/cli"
	"github.com/harender/harender/internal/compile"
)

func main() {
	os.Exit(cli.Run(context.Background(), os.Args[1:], cli.Environment{
		Environment: compile.Environment{
			Builtin: harender.Assets, Now: time.Now, Rand: rand.Reader, LookupEnv: os.LookupEnv, Sandbox: cli.Sandbox,
		},
		In:    os.Stdin,
		Out:   os.Stdout,
		Err:   os.Stderr,
		Color: cli.Colorful(os.Stderr, os.LookupEnv),
	}))
}
