package machine

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	ofNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	ofA       = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
)

func asked(names ...string) Query {
	a := Query{Files: map[string]bool{}, Folders: []string{"own"}}
	for _, n := range names {
		a.Files[n] = true
	}
	return a
}

func TestList(t *testing.T) {
	text := ofA + "  /etc/a\n" + strings.ToUpper(ofNothing) + " *./etc/b\n" + `\` + ofA + `  own/c\\d\n` + "\n" + ofA + "  elsewhere\n"
	m, err := List(strings.NewReader(text), asked("etc/a", "etc/b"))
	if err != nil || !m.HashesOnly {
		t.Fatalf("%+v, %v", m, err)
	}
	if want := map[string]File{"etc/a": {SHA256: ofA}, "etc/b": {SHA256: ofNothing}, "own/c\\d\n": {SHA256: ofA}}; !reflect.DeepEqual(m.Files, want) {
		t.Errorf("got %+v", m.Files)
	}
	for _, wrong := range []string{"", "\n", ofA, ofA + "  ", ofA + " x", "SHA256 (x) = " + ofA, strings.Repeat("g", 64) + "  x", ofA + "  a\n\n", ofA + "  a\x00" + ofA + "  b\x00"} {
		if m, err := List(strings.NewReader(wrong), asked()); err == nil {
			t.Errorf("%q: %+v", wrong, m)
		}
	}
}

func TestAccounts(t *testing.T) {
	known, err := accounts(strings.NewReader("root:x:0:0::/:\ntoor:x:0\netcd:x:7:\netcd:x:8:\n+::\nbad:x:y:\n#\n"))
	if err != nil || !reflect.DeepEqual(known, map[string]int{"root": 0, "toor": 0, "etcd": 7}) {
		t.Fatalf("%v, %v", known, err)
	}
	for _, c := range []struct {
		got        Account
		want       string
		known      map[string]int
		same, told bool
	}{
		{Account{"etcd", 9}, "etcd", nil, true, true},
		{Account{"other", 7}, "etcd", known, false, true},
		{Account{"", 7}, "etcd", known, true, true},
		{Account{"", 8}, "etcd", known, false, true},
		{Account{"", 0}, "toor", known, true, true},
		{Account{"", 8}, "nobody", known, false, true},
		{Account{"", 0}, "root", nil, true, true},
		{Account{"", 5}, "root", nil, false, true},
		{Account{"", 0}, "etcd", nil, false, true},
		{Account{"", 5}, "etcd", nil, false, false},
	} {
		if same, told := c.got.Is(c.want, c.known); same != c.same || told != c.told {
			t.Errorf("%+v: %v, %v", c, same, told)
		}
	}
}

func TestArchive(t *testing.T) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range []tar.Header{
		{Name: "./etc/a", Size: 1, Mode: 0o4600, Uname: "etcd", Gid: 5},
		{Name: "/etc/b", Typeflag: tar.TypeLink, Linkname: "etc/a"},
		{Name: "own/c", Typeflag: tar.TypeLink, Linkname: "elsewhere"},
		{Name: "own/", Typeflag: tar.TypeDir}, {Name: "own/e/", Typeflag: tar.TypeDir},
		{Name: "own/d", Typeflag: tar.TypeSymlink, Linkname: "../../x"},
		{Name: "own/../../etc/e", Size: 1},
		{Name: "own/twice", Typeflag: tar.TypeFifo}, {Name: "own/twice", Size: 1},
		{Name: "own/large", Size: most + 1},
		{Name: "elsewhere", Size: 1},
	} {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(bytes.Repeat([]byte("a"), int(h.Size))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	for _, cut := range []int{1, 512, 1024, 1025, 1536, len(whole) / 2} {
		if m, err := Archive(bytes.NewReader(whole[:len(whole)-cut]), asked()); err == nil {
			t.Errorf("%d bytes cut off: %+v", cut, m)
		}
	}
	m, err := Archive(&b, asked("etc/a", "etc/b", "etc/e"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for name, f := range m.Files {
		got[name] = f.SHA256 + f.Fault
	}
	if want := map[string]string{
		"etc/a": ofA, "etc/b": ofA, "etc/e": ofA, "own/c": "it is a hard link to /elsewhere", "own/d": "it is a symbolic link", "own/twice": ofA,
		"own/large": "it has more than 4194304 bytes",
	}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	if a := m.Files["etc/b"]; a.Mode != 0o600|os.ModeSetuid || a.Owner.Name != "etcd" || a.Group.ID != 5 {
		t.Errorf("%+v", a)
	}
	for _, wrong := range []string{"", "text", "\x1f\x8b", "\x1f\x8bno gzip", strings.Repeat("x", 1024)} {
		if m, err := Archive(strings.NewReader(wrong), asked()); err == nil {
			t.Errorf("%q: %+v", wrong, m)
		}
	}
}

// TestArchiveLinks: what is asked for may lie behind a link that the archive has in its place.
func TestArchiveLinks(t *testing.T) {
	for _, name := range []string{"./etc/kubernetes", "etc", "own"} {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for _, h := range []tar.Header{{Name: "etcetera", Typeflag: tar.TypeSymlink, Linkname: "x"}, {Name: name, Typeflag: tar.TypeSymlink, Linkname: "/data"}} {
			if err := w.WriteHeader(&h); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if m, err := Archive(&b, asked("etc/kubernetes/a")); err == nil || !strings.HasPrefix(err.Error(), name+": it is a symbolic link to /data, ") {
			t.Errorf("%+v, %v", m, err)
		}
	}
}

// TestRoot looks at what could keep a reader waiting, or lead it away.
func TestRoot(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, err := range []error{
		os.MkdirAll(at("root/own/sub"), 0o700), os.MkdirAll(at("root/etc/folder"), 0o700),
		os.WriteFile(at("outside"), []byte("a"), 0o600), os.WriteFile(at("root/etc/a"), []byte("a"), 0o600), os.WriteFile(at("root/etc/large"), nil, 0o600),
		os.Truncate(at("root/etc/large"), 1<<40), os.WriteFile(at("root/own/sub/x"), nil, 0o600),
		syscall.Mkfifo(at("root/etc/pipe"), 0o600), os.Symlink("../../outside", at("root/etc/link")), os.Symlink("/", at("root/away")),
		os.Symlink("etc", at("root/inside")), os.Symlink("/", at("root/etc/passwd")), os.Symlink("/own", at("root/etc/absolute")),
		os.Symlink("../../../etc", at("root/own/up")), os.Symlink("turn", at("root/round")), os.Symlink("round", at("root/turn")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(at("root"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	a := asked("etc/a", "etc/large", "etc/pipe", "etc/link", "etc/folder", "etc/none", "etc/a/below", "away/etc/passwd", "inside/a", "own/up/a", "round/x")
	a.Folders = []string{"own", "etc/absolute", "own/sub/x", "none", "nowhere/own"}
	m, err := Root(root, a)
	if err != nil || m.Users != nil || m.Groups != nil {
		t.Fatalf("%+v, %v", m, err)
	}
	var got []string
	for name, f := range m.Files {
		got = append(got, name+": "+f.SHA256+f.Fault+f.Unread)
		if f.Owner.ID != os.Getuid() && f.Mode != 0 {
			t.Errorf("%s: %+v", name, f)
		}
	}
	slices.Sort(got)
	if want := []string{
		"away/etc/passwd: it is a symbolic link", "etc/a/below: it cannot be reached: not a directory", "etc/a: " + ofA,
		"etc/absolute/sub/x: ", "etc/absolute/up: it is a symbolic link", "etc/folder: it is a directory", "etc/large: it has more than 4194304 bytes",
		"etc/link: it is a symbolic link", "etc/pipe: it is a pipe", "inside/a: " + ofA, "own/sub/x: ", "own/up/a: " + ofA, "own/up: it is a symbolic link",
		"round/x: it cannot be reached: too many symbolic links",
	}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// TestForeign: what is foreign costs little, however much there is, and in a folder of ours it is refused by a limit.
func TestForeign(t *testing.T) {
	const many, most = 300_000, 200 << 20 // Bytes for all of them.
	lines := func(folder string, n int) io.Reader {
		return streamed(func(w io.Writer) error {
			for i := range n {
				if _, err := fmt.Fprintf(w, "%s  %s/%d\n", ofA, folder, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	archived := func(folder string, n int) io.Reader {
		return streamed(func(w io.Writer) error {
			a := tar.NewWriter(w)
			for i := range n {
				if err := a.WriteHeader(&tar.Header{Name: folder + "/" + strconv.Itoa(i), Typeflag: tar.TypeReg}); err != nil {
					return err
				}
			}
			return a.Close()
		})
	}
	for name, c := range map[string]struct {
		read func(io.Reader, Query) (Machine, error)
		text func(string, int) io.Reader
	}{"list": {List, lines}, "archive": {Archive, archived}} {
		var m Machine
		var err error
		peak := peakOf(func() { m, err = c.read(c.text("elsewhere", many), asked()) })
		if err != nil || len(m.Files) != 0 || peak > most {
			t.Errorf("%s: %d files, %v, %d MiB", name, len(m.Files), err, peak>>20)
		}
		t.Logf("%s of %d foreign files: %d MiB", name, many, peak>>20)
		if m, err := c.read(c.text("own", maxForeign), asked()); err != nil || len(m.Files) != maxForeign {
			t.Errorf("%s: %d files, %v", name, len(m.Files), err)
		}
		if _, err := c.read(c.text("own", maxForeign+1), asked()); err == nil || !strings.Contains(err.Error(), "20000") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// streamed is what is written while it is read, so that it costs no memory itself.
func streamed(write func(io.Writer) error) io.Reader {
	r, w := io.Pipe()
	go func() { _ = w.CloseWithError(write(w)) }()
	return r
}

// peakOf is how far the heap grows while something runs.
func peakOf(run func()) uint64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	before, peak := s.HeapAlloc, uint64(0)
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			var s runtime.MemStats
			runtime.ReadMemStats(&s)
			peak = max(peak, s.HeapAlloc-min(before, s.HeapAlloc))
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	run()
	close(done)
	<-stopped
	return peak
}
