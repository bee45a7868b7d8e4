//go:build e2e

package e2e

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// makeLayer makes a node's directory of one file, with an index that lists it.
func makeLayer(t *testing.T) layer {
	l := layer{rendered: t.TempDir()}
	index := fmt.Sprintf(`{"files": [{"path": "etc/a", "mode": "0640", "owner": "root", "group": "root", "sha256": "%x"}]}`,
		sha256.Sum256([]byte("content")))
	if err := writeTexts(l.rendered, map[string]string{"m1.index.json": index, "m1/etc/a": "content"}); err != nil {
		t.Fatal(err)
	}
	return l
}

// hostRoot is a root directory whose accounts are known.
func hostRoot(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	must(t, writeTexts(root, map[string]string{"etc/passwd": "root:x:0:0::/root:/bin/sh\n", "etc/group": "root:x:0:\n"}))
	return root
}

func TestLay(t *testing.T) {
	root := hostRoot(t)
	files, sealed, err := makeLayer(t).lay(t.Context(), "m1", root)
	if err != nil || files != 1 || sealed != 0 {
		t.Fatalf("%d files, %d sealed, %v", files, sealed, err)
	}
	info, err := os.Stat(filepath.Join(root, "etc/a"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o640 {
		t.Errorf("mode %s", info.Mode())
	}
}

func TestLayRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		spoil map[string]string
		want  string
	}{
		"a file that is not listed": {map[string]string{"m1/etc/b": ""}, "m1 has 2 files and its index lists 1"},
		"other bytes":               {map[string]string{"m1/etc/a": "edited"}, "does not have the sha256"},
	} {
		t.Run(name, func(t *testing.T) {
			l := makeLayer(t)
			if err := writeTexts(l.rendered, c.spoil); err != nil {
				t.Fatal(err)
			}
			_, _, err := l.lay(t.Context(), "m1", hostRoot(t))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %s", err, c.want)
			}
		})
	}
}
