//go:build e2e

package release_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/proof/testtool"
)

// TestAllData is TestData for every minor that a module was made for.
func TestAllData(t *testing.T) {
	for _, minor := range modules(t) {
		t.Run(minor, func(t *testing.T) { checkData(t, minor) })
	}
}

// TestHelp holds the flags of the newest minor to the help of the programs that the boot proof runs, which are built
// from their own main packages. A help leaves out what is deprecated, and some of what tells about the program itself.
func TestHelp(t *testing.T) {
	facts, list := release.ReadFacts(harender.Assets, "1.37")
	if list.HasErrors() {
		t.Fatal(list)
	}
	named := regexp.MustCompile(`(?m)^\s+(?:-\w, )?--([A-Za-z0-9-]+)`)
	about := map[string]bool{"config-file": true, "help": true, "version": true}
	// The text of etcd 3.7 still has these, and its parser has not: etcd --discovery=URL ends with its usage.
	stale := map[string]bool{"etcd discovery": true, "etcd discovery-proxy": true}
	for _, name := range release.Components() {
		set := "kubernetes"
		if name == "etcd" {
			set = name
		}
		out, err := exec.Command(filepath.Join(testtool.Set(t, set), name), "--help").CombinedOutput() // #nosec G204 -- built for this test
		if err != nil {
			t.Fatalf("%s --help: %v", name, err)
		}
		helped := map[string]bool{}
		for _, m := range named.FindAllStringSubmatch(string(out), -1) {
			helped[m[1]] = true
			if _, ok := facts.Flags[name].Flags[m[1]]; !ok && !stale[name+" "+m[1]] {
				t.Errorf("the help of %s has --%s, and the data have not", name, m[1])
			}
		}
		for flag, f := range facts.Flags[name].Flags {
			if !helped[flag] && f.Deprecated == "" && !about[flag] {
				t.Errorf("the data of %s have --%s, and its help has not", name, flag)
			}
		}
	}
}
