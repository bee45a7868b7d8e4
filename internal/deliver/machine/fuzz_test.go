package machine

import (
	"archive/tar"
	"bytes"
	"strings"
	"testing"
)

// FuzzArchive and FuzzList: whatever a node hands in, what is kept of it is asked for, and each file has a hash or says
// why it has none.
func FuzzArchive(f *testing.F) {
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	for _, h := range []*tar.Header{
		{Name: "./etc/a", Typeflag: tar.TypeReg, Size: 1, Mode: 0o600}, {Name: "own/link", Typeflag: tar.TypeSymlink, Linkname: "../x"},
		{Name: "own/hard", Typeflag: tar.TypeLink, Linkname: "etc/a"}, {Name: "own/", Typeflag: tar.TypeDir},
	} {
		if err := w.WriteHeader(h); err != nil {
			f.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := w.Write([]byte("a")); err != nil {
				f.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(packed.Bytes())
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := Archive(bytes.NewReader(data), asked("etc/a")); err == nil {
			checkKept(t, m)
		}
	})
}

func FuzzList(f *testing.F) {
	f.Add(ofA + "  /etc/a\n" + `\` + ofNothing + `  own/c\\d\n` + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		if m, err := List(strings.NewReader(text), asked("etc/a")); err == nil {
			checkKept(t, m)
		}
	})
}

func checkKept(t *testing.T, m Machine) {
	t.Helper()
	for name, file := range m.Files {
		if !asked("etc/a").has(name) {
			t.Errorf("%q was not asked for", name)
		}
		if file.SHA256 == "" && file.Fault == "" && file.Unread == "" {
			t.Errorf("%q has neither a hash nor a fault", name)
		}
	}
}
