package cli_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"k8s.io/client-go/tools/clientcmd"

	harender "github.com/harender/harender"
	"github.com/harender/harender/internal/cli"
	"github.com/harender/harender/internal/repository"
)

// leaks is what a test looks at: all that was said and written, and the secrets that there were.
type leaks struct {
	t *testing.T
	// work has one folder a repository; tmp is TMPDIR.
	work, tmp string
	secrets   *needles
	// opened are sealed files, seen are texts.
	opened, seen map[[32]byte]bool
	texts        []text
	stamps       map[string]string
	pki          string
	runs, failed int
	turn         int
}

type text struct {
	where string
	data  []byte
}

func newLeaks(t *testing.T) *leaks {
	l := &leaks{
		t: t, work: t.TempDir(), tmp: t.TempDir(), secrets: newNeedles(),
		opened: map[[32]byte]bool{}, seen: map[[32]byte]bool{}, stamps: map[string]string{},
	}
	t.Setenv("TMPDIR", l.tmp)
	return l
}

// person has an age key, which is a secret too.
func (l *leaks) person(name string) (key string, recipient string) {
	l.t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		l.t.Fatal(err)
	}
	l.secrets.add(name+"'s age key", []byte(strings.TrimPrefix(id.String(), "AGE-SECRET-KEY-1")))
	l.secrets.add(name+"'s age key", []byte(strings.ToLower(strings.TrimPrefix(id.String(), "AGE-SECRET-KEY-1"))))
	return id.String(), id.Recipient().String()
}

// look keeps a text for the end, when all secrets are known.
func (l *leaks) look(where string, data []byte) {
	if sum := sha256.Sum256(data); !l.seen[sum] {
		l.seen[sum] = true
		l.texts = append(l.texts, text{where, data})
	}
}

// walk looks at every file that is new or changed, and opens what is sealed. The files that are planted hold a secret because
// the test put it there.
func (l *leaks) walk(where, dir string, planted []string) {
	l.t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || slices.ContainsFunc(planted, func(p string) bool { return strings.HasSuffix(name, "/"+p) }) {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		stamp := fmt.Sprint(info.ModTime(), info.Size())
		if l.stamps[name] == stamp {
			return nil
		}
		l.stamps[name] = stamp
		data, err := os.ReadFile(name) // #nosec G304 -- of the test
		if err != nil {
			return err
		}
		l.look(where+": "+name, data)
		if strings.HasSuffix(name, ".sops") {
			l.open(name, data)
		}
		return nil
	})
	if err != nil {
		l.t.Fatal(err)
	}
}

// open learns what stock sops finds in a file. A file that a test broke holds what others hold too.
func (l *leaks) open(name string, sealed []byte) {
	l.t.Helper()
	sum := sha256.Sum256(sealed)
	if l.opened[sum] {
		return
	}
	plain, err := unsealed(sealed)
	if err != nil {
		return
	}
	l.opened[sum] = true
	for _, part := range secretParts(l.t, plain) {
		l.secrets.add(name, part)
	}
}

// learnKubeconfigs learns the keys that were handed out.
func (l *leaks) learnKubeconfigs(out string) {
	l.t.Helper()
	files, err := filepath.Glob(filepath.Join(out, "*.conf"))
	if err != nil {
		l.t.Fatal(err)
	}
	for _, file := range files {
		config, err := clientcmd.LoadFromFile(file)
		if err != nil {
			l.t.Fatal(err)
		}
		for _, user := range config.AuthInfos {
			for _, part := range secretParts(l.t, user.ClientKeyData) {
				l.secrets.add(file, part)
			}
		}
	}
}

// run is one command line in this process; what it prints is looked at.
func (l *leaks) run(where string, s surroundings, args []string) (code int, stdout []byte) {
	var out, messages bytes.Buffer
	code = cli.Run(context.Background(), args, cli.Environment{
		Environment: repository.Environment{
			Builtin: harender.Assets, Rand: rand.Reader, Now: func() time.Time { return time.Now().Add(s.ahead) },
			LookupEnv: func(name string) (string, bool) { v, ok := s.env[name]; return v, ok },
		},
		In: strings.NewReader(""), Out: &out, Err: &messages, Color: s.color,
	})
	l.runs++
	if code != 0 {
		l.failed++
	}
	l.look(where+": stderr", messages.Bytes())
	return code, out.Bytes()
}

// surroundings of a run.
type surroundings struct {
	env   map[string]string
	ahead time.Duration
	color bool
}

// all runs commands in a repository, each with a look at what it wrote.
func (l *leaks) all(lines []string, name, dir string, s surroundings, planted []string) {
	l.t.Helper()
	out := l.t.TempDir()
	for _, line := range lines {
		args := strings.Fields(strings.NewReplacer("DIR", dir, "OUT", out, "PKI", l.pki).Replace(line))
		where := name + ": " + line
		_, stdout := l.run(where, s, args)
		l.look(where+": stdout", stdout)
		l.walk(where, dir, planted)
	}
	l.learnKubeconfigs(out)
}

// found searches everything for every secret.
func (l *leaks) found() []string {
	var out []string
	for _, x := range l.texts {
		if c, at := l.secrets.in(x.data); at >= 0 {
			out = append(out, fmt.Sprintf("%s: at byte %d stands the secret of %s, in the form %s", x.where, at, c.whose, c.form))
		}
	}
	return out
}

// TestNoSecretIsShown runs all commands, with everything in order and with all kinds of mistakes, and looks for all secrets in
// every byte that they printed and left in files.
func TestNoSecretIsShown(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // A third of the time is the collector's otherwise.
	l := newLeaks(t)
	base, who := l.base()
	for _, b := range breakages(t, who) {
		dir := filepath.Join(l.work, strings.ReplaceAll(b.name, " ", "-"))
		if err := os.CopyFS(dir, os.DirFS(base)); err != nil {
			t.Fatal(err)
		}
		s := surroundings{env: maps.Clone(who.env), ahead: b.ahead, color: true}
		maps.Copy(s.env, b.env)
		if b.apply != nil {
			b.apply(dir)
		}
		l.all(l.commands(), b.name, dir, s, b.planted)
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	failed := l.failed
	l.all(strings.Split(strings.TrimSpace(rotation), "\n"), "rotation", base, surroundings{env: who.env}, nil)
	if l.failed > failed {
		t.Error("a step of the rotation fails")
	}
	for _, leak := range l.found() {
		t.Error(leak)
	}
	if left, err := os.ReadDir(l.tmp); err != nil || len(left) > 0 {
		t.Errorf("TMPDIR has %v (%v)", left, err)
	}
	size := 0
	for _, x := range l.texts {
		size += len(x.data)
	}
	t.Logf("%d runs, %d of them with errors; %d secrets; %d texts of %d bytes", l.runs, l.failed, len(l.secrets.known), len(l.texts), size)
	if l.runs < 500 || l.failed < 200 || len(l.secrets.known) < 100 {
		t.Error("the runs are fewer than 500, the errors fewer than 200, or the secrets fewer than 100")
	}
}

// TestSecretIsSeen is the control: the same look finds what is printed, and what is left in a file, on purpose.
func TestSecretIsSeen(t *testing.T) {
	l := newLeaks(t)
	base, who := l.base()
	s := surroundings{env: who.env}
	_, old := l.run("control", s, []string{"kubeconfig", "kubecfg", base})
	l.look("old", old)
	_, fresh := l.run("control", s, []string{"kubeconfig", "anna", base, "--validity", "1h"})
	l.look("fresh", fresh)
	kept := filepath.Join(l.work, "kept")
	if err := os.MkdirAll(kept, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(kept, "x.conf"), fresh, 0o600); err != nil {
		t.Fatal(err)
	}
	l.learnKubeconfigs(kept)
	l.walk("file", kept, nil)
	l.look("age", []byte("identity "+who.env["SOPS_AGE_KEY"]))
	var where []string
	for _, leak := range l.found() {
		name, _, _ := strings.Cut(leak, ":")
		where = append(where, name)
	}
	// The file has the bytes of fresh, and is looked at once.
	if got := strings.Join(where, " "); got != "old fresh age" {
		t.Errorf("found in %q", got)
	}
}
