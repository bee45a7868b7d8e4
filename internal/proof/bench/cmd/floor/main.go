// Command floor does the work that a list names, in a new directory. It also makes such a list.
//
//	floor -survey REPOSITORY LIST
//	floor [-sync] LIST DIR
package main

import (
	"crypto/rand"
	"flag"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/harender/harender/internal/proof/bench/floor"
	"github.com/harender/harender/internal/proof/bench/work"
)

func main() {
	survey := flag.Bool("survey", false, "list the work that made a repository")
	sync := flag.Bool("sync", false, "bring everything to the disk at the end")
	flag.Parse()
	do := build
	if *survey {
		do = list
	}
	if err := do(flag.Arg(0), flag.Arg(1)); err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
	if *sync {
		syscall.Sync()
	}
}

func list(repository, name string) error {
	l, err := work.Survey(repository)
	if err != nil {
		return err
	}
	return work.Write(name, l)
}

func build(list, dir string) error {
	l, err := work.Read(list)
	if err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o750); err != nil {
		return err
	}
	return (&floor.Maker{Dir: dir, Now: time.Now().UTC(), Rand: rand.Reader}).Do(l)
}
