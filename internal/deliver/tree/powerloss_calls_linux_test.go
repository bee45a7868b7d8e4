package tree_test

import (
	"bufio"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// step is one system call: it changes entries of one directory, or a file, or brings something to the disk.
type step struct {
	// call is for messages.
	call string
	// dir gets these entries; 0 takes one away.
	dir     int
	entries map[string]int
	// file is made, written to, or gets a mode.
	file  int
	born  *inode
	text  string
	mode  fs.FileMode
	chmod bool
	// all and only say what is on the disk from here on: all before it, or all about one inode.
	all  bool
	only int
}

func (s step) syncs() bool { return s.all || s.only != 0 }

// keeps reports whether the step brings another to the disk.
func (s step) keeps(other step) bool {
	return s.all || s.only != 0 && (other.dir == s.only || other.file == s.only)
}

// apply does to a disk what the step did; half writes half of the bytes.
func (s step) apply(d *disk, half bool) {
	if s.born != nil {
		d.add(s.file, *s.born)
	}
	for name, id := range s.entries {
		_, there := d.inodes[id]
		switch names := d.entries[s.dir]; {
		case id == 0:
			delete(names, name)
		case names != nil && there: // Else what it needs is lost.
			names[name] = id
		}
	}
	n := d.inodes[s.file]
	if s.text != "" {
		text := s.text
		if half {
			text = text[:len(text)/2]
		}
		n.content += text
		d.inodes[s.file] = n
	}
	if s.chmod {
		n.mode = n.mode&fs.ModeType | s.mode
		d.inodes[s.file] = n
	}
}

// recorder turns what strace saw into steps. Its disk is as the process saw it.
type recorder struct {
	t     *testing.T
	repo  string
	disk  *disk
	steps []step
	next  int
}

func newRecorder(t *testing.T, repo string) *recorder {
	t.Helper()
	return &recorder{t: t, repo: repo, disk: load(t, repo), next: 1_000}
}

// record runs a verb of the child in the repository, and gives its steps. It may be killed by an injection.
func (r *recorder) record(verb string, n int, inject ...string) {
	r.t.Helper()
	log := filepath.Join(r.t.TempDir(), "log")
	args := []string{"-f", "-qq", "-y", "-s", "65536", "-o", log, "-e", "signal=none", "-e", "trace=" + strings.Join(changing, ",")}
	for _, i := range inject {
		args = append(args, "-e", "inject="+i)
	}
	cmd := exec.Command("strace", append(args, os.Args[0], "child", verb, r.repo, strconv.Itoa(n))...) // #nosec G204 G702 -- arguments of this test
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=off")
	must(r.t, needsStrace(cmd.Start()))
	if err := cmd.Wait(); err != nil && len(inject) == 0 {
		r.t.Fatal(err)
	}
	lines := bufio.NewScanner(strings.NewReader(content(r.t, log)))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		r.line(lines.Text())
	}
	must(r.t, lines.Err())
	if was, is := r.disk.String(), load(r.t, r.repo).String(); was != is {
		r.t.Fatalf("the steps do not lead to what is there:\n%s\n%s", was, is)
	}
}

var (
	oneCall = regexp.MustCompile(`^\d+ +(\w+)\((.*)\) += (-?\d+)`)
	quoted  = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	handles = regexp.MustCompile(`\b(?:AT_FDCWD|\d+)<([^>]*)>`)
	octal   = regexp.MustCompile(`, (0[0-7]*)$`)
)

// line adds the step of one call that succeeded.
func (r *recorder) line(line string) {
	r.t.Helper()
	m := oneCall.FindStringSubmatch(line)
	if m == nil {
		return // It was killed before it did anything, or is no call.
	}
	call, rest := m[1], m[2]
	if strings.HasPrefix(m[3], "-") {
		return
	}
	var at []string
	for _, h := range handles.FindAllStringSubmatch(rest, -1) {
		below, inside := strings.CutPrefix(h[1]+"/", r.repo+"/")
		if !inside {
			return // A file of the system, or what the process prints.
		}
		at = append(at, below)
	}
	var texts []string
	for _, q := range quoted.FindAllString(rest, -1) {
		text, err := strconv.Unquote(q)
		must(r.t, err)
		texts = append(texts, text)
	}
	var mode fs.FileMode
	if o := octal.FindStringSubmatch(rest); o != nil {
		bits, err := strconv.ParseUint(o[1], 8, 32)
		must(r.t, err)
		mode = fs.FileMode(bits).Perm()
	}
	if len(at) > 0 {
		r.call(call, rest, at, texts, mode)
	}
}

func (r *recorder) call(call, rest string, at, texts []string, mode fs.FileMode) {
	r.t.Helper()
	d := r.disk.find(at[0])
	s := step{call: call + "(" + rest + ")"}
	switch call {
	case "mkdirat":
		s = r.born(s, d, texts[0], inode{mode: fs.ModeDir | mode&^umask})
	case "symlinkat":
		s = r.born(s, d, texts[1], inode{mode: fs.ModeSymlink | 0o777, content: texts[0]})
	case "openat":
		if !strings.Contains(rest, "O_CREAT") {
			return
		}
		s = r.born(s, d, texts[0], inode{mode: mode &^ umask})
	case "write":
		s.file, s.text = d, texts[0]
	case "fchmod":
		s.file, s.mode, s.chmod = d, mode, true
	case "linkat":
		s.dir, s.entries = r.disk.find(at[1]), map[string]int{texts[1]: r.disk.entries[d][texts[0]]}
	case "unlinkat":
		s.dir, s.entries = d, map[string]int{texts[0]: 0}
	case "renameat", "renameat2":
		from, to := texts[0], texts[1]
		s.dir, s.entries = d, map[string]int{to: r.disk.entries[d][from], from: 0}
		if strings.Contains(rest, "RENAME_EXCHANGE") {
			s.entries[from] = r.disk.entries[d][to]
		}
	case "syncfs":
		s.all = true
	case "fsync":
		s.only = d
	case "fchown":
	default:
		r.t.Fatalf("no step for %s", call)
	}
	s.apply(r.disk, false)
	r.steps = append(r.steps, s)
}

// born is a new file, and its name in a directory. That it was made without a name is not told apart.
func (r *recorder) born(s step, dir int, name string, n inode) step {
	r.next++
	s.dir, s.entries, s.file, s.born = dir, map[string]int{name: r.next}, r.next, &n
	return s
}
