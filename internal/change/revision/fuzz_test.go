package revision

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/harender/harender/internal/proof/testtool"
)

// FuzzObjects puts any bytes in the place of a commit or a folder of a repository: reading ends, without a fault of the
// program.
func FuzzObjects(f *testing.F) {
	root := f.TempDir()
	testtool.Git(f, root, "init", "-q")
	if err := os.WriteFile(filepath.Join(root, "a"), []byte("a"), 0o600); err != nil {
		f.Fatal(err)
	}
	testtool.Git(f, root, "add", ".")
	testtool.Git(f, root, "commit", "-q", "-m", "one")
	places := map[string]string{}
	for kind, rev := range map[string]string{"commit": "HEAD", "tree": "HEAD^{tree}"} {
		hash := testtool.Git(f, root, "rev-parse", rev)
		places[kind] = filepath.Join(root, ".git/objects", hash[:2], hash[2:])
		if err := os.Chmod(places[kind], 0o600); err != nil {
			f.Fatal(err)
		}
		f.Add(kind == "commit", []byte(testtool.Git(f, root, "cat-file", "-p", rev)))
	}
	f.Add(false, []byte("100644 a\x00"+strings.Repeat("x", 20)))
	f.Add(true, []byte("tree "+strings.Repeat("0", 40)+"\nparent x\n"))
	f.Fuzz(func(t *testing.T, isCommit bool, body []byte) {
		kind := "tree"
		if isCommit {
			kind = "commit"
		}
		before, err := os.ReadFile(places[kind])
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := os.WriteFile(places[kind], before, 0o600); err != nil {
				t.Error(err)
			}
		}()
		if err := os.WriteFile(places[kind], packed(t, kind, body), 0o600); err != nil {
			t.Fatal(err)
		}
		files, err := Open(root, "HEAD")
		if err != nil {
			return
		}
		_ = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				_, err = fs.ReadFile(files, name)
			}
			if errors.Is(err, fs.ErrInvalid) {
				t.Errorf("%q is listed", name)
			}
			return nil // A finding of its reader.
		})
	})
}

// packed is a loose object.
func packed(t *testing.T, kind string, body []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	if _, err := fmt.Fprintf(w, "%s %d\x00%s", kind, len(body), body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
