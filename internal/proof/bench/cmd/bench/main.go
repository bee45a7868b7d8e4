// Command bench prints the ratios of make bench. See docs/benchmarks.md.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/harender/harender/internal/proof/bench"
)

func main() {
	o := bench.Options{Env: os.Environ(), Now: time.Now}
	flag.StringVar(&o.Harender, "harender", "", "the program that is measured")
	flag.StringVar(&o.Floor, "floor", "", "the plain loop")
	flag.StringVar(&o.Hello, "hello", "", "the smallest program")
	flag.StringVar(&o.Glue, "glue", "", "the script of tools")
	flag.StringVar(&o.Layers, "layers", "", "folder of lib/ and base/ for the script")
	flag.StringVar(&o.Dir, "dir", "", "where to make repositories; its content is lost")
	flag.IntVar(&o.Rounds, "rounds", 5, "how often to measure each step")
	flag.Parse()
	if err := bench.Run(context.Background(), o, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
