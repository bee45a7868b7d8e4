// Command harender renders highly available Kubernetes control planes. See the README.
package main

import (
	"context"
	"crypto/rand"
	"os"
	"os/signal"
	"syscall"
	"time"

	harender "github.com/harender/harender"
	"github.com/harender/harender/internal/cli"
	"github.com/harender/harender/internal/compile"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, os.Args[1:], cli.Environment{
		Environment: compile.Environment{Builtin: harender.Assets, Now: time.Now, Rand: rand.Reader, LookupEnv: os.LookupEnv},
		Out:         os.Stdout,
		Err:         os.Stderr,
		Color:       cli.Colorful(os.Stderr, os.LookupEnv),
	})
	stop()
	os.Exit(code)
}
