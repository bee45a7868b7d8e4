//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

// kubeletSysctls are settings of the whole machine that a kubelet changes.
var kubeletSysctls = []string{
	"kernel/panic", "kernel/panic_on_oops", "kernel/keys/root_maxbytes", "kernel/keys/root_maxkeys",
	"vm/overcommit_memory", "vm/panic_on_oom",
}

// keepSysctls puts them back at the end of the test.
func keepSysctls(t *testing.T) {
	for _, name := range kubeletSysctls {
		path := filepath.Join("/proc/sys", name)
		value, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := os.WriteFile(path, value, 0o644); err != nil {
				t.Error(err)
			}
		})
	}
}
