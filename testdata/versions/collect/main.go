// Command collect writes the data of a minor, lib/versions/MINOR/: what the programs of this module say of themselves.
// It runs in the folder of the module, for the sources of etcd.
//
//	collect MINOR PROGRAMS OUT
//
// PROGRAMS is the folder in which the other programs of this module are, with the release's etcd; OUT is what becomes
// lib/versions/MINOR.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/harender/harender/testdata/versions/describe"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "collect:", err)
		os.Exit(1)
	}
}

// component is an entry of flags.json.
type component struct {
	Version string                   `json:"version"`
	Flags   map[string]describe.Flag `json:"flags"`
}

func run(args []string) error {
	if len(args) != 3 {
		return errors.New("give it MINOR PROGRAMS OUT")
	}
	minor, programs, out := args[0], args[1], args[2]
	etcd, err := etcdComponent(minor, filepath.Join(programs, "etcd"))
	if err != nil {
		return err
	}
	flags := map[string]component{"etcd": etcd}
	gates := map[string]map[string]describe.Gate{}
	apis := map[string][]string{}
	var admission describe.Admission
	for _, name := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet", "kubeadm"} {
		c, err := ask(filepath.Join(programs, name))
		if err != nil {
			return err
		}
		maps.Copy(apis, c.APIs)
		if c.Admission != nil {
			admission = *c.Admission
		}
		if c.Flags != nil {
			flags[name], gates[name] = component{Version: minor, Flags: c.Flags}, c.Gates
		}
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	return errors.Join(
		write(out, "flags.json", flags, 3),
		write(out, "gates.json", gates, 2),
		write(out, "apis.json", apis, 1),
		write(out, "admission.json", admission, 2),
	)
}

func ask(program string) (describe.Component, error) {
	var c describe.Component
	out, err := exec.Command(program).Output()
	if err != nil {
		return c, fmt.Errorf("%s: %w", program, err)
	}
	return c, json.Unmarshal(out, &c)
}

// write has a line for each value of that depth, for the review.
func write(dir, name string, value any, depth int) error {
	data, err := lines(value, depth, "")
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return os.WriteFile(filepath.Join(dir, name), append(data, '\n'), 0o644)
}
