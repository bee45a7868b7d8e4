package bounded_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/harender/harender/internal/bounded"
)

// TestReadFile: a file that is longer than the limit or none at all is refused before it is read, and the limit is
// named.
func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	for name, size := range map[string]int64{"fits": 10, "long": 11, "huge": 3 << 30} {
		f, err := os.Create(filepath.Join(dir, name))
		if err := errors.Join(err, f.Truncate(size), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"fits": "", "long": "more than 10 bytes", "huge": "more than 10 bytes", "pipe": "not a regular file",
		".": "not a regular file", "none": "no such file",
	} {
		text, err := bounded.ReadFile(os.DirFS(dir), name, 10)
		if want == "" && (err != nil || len(text) != 10) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %d bytes, %v", name, len(text), err)
		}
	}
	if _, err := bounded.ReadAll(strings.NewReader("ab"), 1); !errors.Is(err, bounded.ErrTooLarge) {
		t.Error(err)
	}
}
