package cli_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// found is a file or directory on the disk. touched reports whether somebody wrote it, even with the same bytes.
type found struct{ content, touched string }

// snapshot DIR FILE writes down all that is in DIR.
func snapshot(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: snapshot DIR FILE")
	}
	var b strings.Builder
	all := look(ts, ts.MkAbs(args[0]))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, "%s\t%s\t%s\n", name, all[name].content, all[name].touched)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o600))
}

// changes DIR FILE prints what is not as the snapshot FILE says: + new, - gone, M other bytes or mode, and T written
// again with the same bytes. With ! there must be none.
func changes(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: [!] changes DIR FILE")
	}
	before := map[string]found{}
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		before[f[0]] = found{f[1], f[2]}
	}
	text := compared(before, look(ts, ts.MkAbs(args[0])))
	_, err := fmt.Fprint(ts.Stdout(), text)
	ts.Check(err)
	if neg && text != "" {
		ts.Fatalf("changed:\n%s", text)
	}
}

func compared(before, after map[string]found) string {
	all := maps.Clone(before)
	maps.Copy(all, after)
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		was, old := before[name]
		is, now := after[name]
		switch {
		case !old:
			fmt.Fprintf(&b, "+ %s\n", name)
		case !now:
			fmt.Fprintf(&b, "- %s\n", name)
		case was.content != is.content:
			fmt.Fprintf(&b, "M %s\n", name)
		case was.touched != is.touched:
			fmt.Fprintf(&b, "T %s\n", name)
		}
	}
	return b.String()
}

// look reads a directory. Of directories only the mode counts: their times move with what is in them.
func look(ts *testscript.TestScript, dir string) map[string]found {
	all := map[string]found{}
	ts.Check(filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		f := found{content: info.Mode().String()}
		if info.Mode().IsRegular() {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			f.content += fmt.Sprintf(" %x", sha256.Sum256(text))
			f.touched = info.ModTime().String()
			if st, ok := info.Sys().(*syscall.Stat_t); ok {
				f.touched += fmt.Sprint(" ", st.Ino)
			}
		}
		all[rel] = f
		return nil
	}))
	return all
}
