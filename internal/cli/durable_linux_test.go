package cli_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestOnTheDisk traces the commands that write outside secrets/ and rendered/: of each new file its bytes are on the disk before it
// gets its name, if that comes later, and its name is before the command ends.
func TestOnTheDisk(t *testing.T) {
	l := newLeaks(t)
	base, who := l.base()
	home, out := t.TempDir(), t.TempDir()
	for line, least := range map[string]int{
		"init OUT/new/cluster": 4,
		"payload DIR --format dir --node m1 --secrets open --out OUT/dir":    20,
		"kubeconfig anna DIR --validity 1h --out OUT/anna.conf":              1,
		"payload DIR --format tar --node m1 --secrets open --out OUT/m1.tar": 1,
	} {
		t.Run(line, func(t *testing.T) {
			args := strings.Fields(strings.NewReplacer("DIR", base, "OUT", out).Replace(line))
			env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}
			if args[0] != "init" { // That makes a key of its own.
				env = append(env, "SOPS_AGE_KEY="+who.env["SOPS_AGE_KEY"])
			}
			calls, said := straced(t, "openat,fsync,rename,renameat,renameat2", "300", env, args...)
			made := onTheDisk(t, calls, home, out)
			if made < least {
				t.Errorf("%d new files: %s", made, said)
			}
		})
	}
}

// straceHandle is the first argument of a call on an open file.
var straceHandle = regexp.MustCompile(`^\w+\(\d+<((?:\\x[0-9a-f]{2})*)> *\)`)

// onTheDisk looks at every file that was made below one of the folders, and counts them.
func onTheDisk(t *testing.T, calls []call, within ...string) (made int) {
	t.Helper()
	synced := func(name string, from, to int) bool {
		return slices.ContainsFunc(calls[from:to], func(c call) bool {
			m := straceHandle.FindStringSubmatch(c.raw)
			return c.name == "fsync" && c.result == "0" && m != nil && string(unhex(t, m[1])) == name
		})
	}
	for i, c := range calls {
		inside := slices.ContainsFunc(within, func(folder string) bool { return strings.HasPrefix(c.opened, folder+"/") })
		if c.name != "openat" || !strings.Contains(c.raw, "O_CREAT") || !inside {
			continue
		}
		made++
		name, end := c.opened, len(calls)
		if at := slices.IndexFunc(calls[i:], func(c call) bool { return strings.HasPrefix(c.name, "rename") && renames(c, name) }); at >= 0 {
			end = i + at
		}
		if !synced(name, i, end) {
			t.Errorf("the bytes of %s may be lost", name)
		}
		if end < len(calls) {
			to := string(calls[end].texts[len(calls[end].texts)-1])
			if !synced(filepath.Dir(to), end, len(calls)) {
				t.Errorf("the name %s may be lost", to)
			}
		} else if !synced(filepath.Dir(name), i, end) {
			t.Errorf("the name %s may be lost", name)
		}
	}
	return made
}

// renames reports whether a call renames a file, or a folder above it.
func renames(c call, name string) bool {
	return c.result == "0" && slices.ContainsFunc(c.texts[:len(c.texts)-1], func(from []byte) bool {
		return name == string(from) || strings.HasPrefix(name, string(from)+"/")
	})
}
