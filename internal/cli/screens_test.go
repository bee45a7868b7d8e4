package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// columns is the width of a plain terminal.
const columns = 80

// screens are the commands whose text is for people, in a repository that was built; those that fail are marked.
const screens = `init OUT/new --name new --kubernetes-version 1.37.2 -C
check
build
explain spec.etcd NOWHERE
explain m1 kubelet -C
versions
diff
verify
graph --out OUT/graph.svg
report --out OUT/report.html
textconv DIR/secrets/nodes/m1/kube-proxy.key.sops
payload --format tar --secrets open --out OUT/packed
certs list
certs pins
certs csr
certs renew --node m1
certs import DIR/secrets/nodes/m1/kube-proxy.crt -C
certs rotate-ca etcd DIR --stage
certs rotate-key encryption DIR --stage
kubeconfig kubecfg DIR --out OUT/kubecfg.conf
restore --snapshot SNAPSHOT
secrets access
secrets access --stolen m1
secrets access --recipient m1
secrets access --file secrets/cluster/etcd-ca.key.sops
secrets retired
secrets prune --retired
secrets renew --all
set spec.kubernetesVersion=1.36.3 spec.nodes[w1].address=10.0.0.29
set spec.nodes[w1].address=10.0.0.29
`

// whole are words that no screen breaks: paths, addresses, hashes, keys, and what stands in a file or a flag.
var whole = regexp.MustCompile(`^\S{60,}$|^\S*(?:/\S+\.|--\S+=|sha256:)\S*$`)

// pasted lines are commands of a node, which go into its shell as they are.
var pasted = regexp.MustCompile(`^    [a-z0-9][^#]*# `)

// tooWide finds the lines of a screen that are wider than a plain terminal, but for commands and those that a single word makes so.
func tooWide(screen string) []string {
	var out []string
	for line := range strings.Lines(screen) {
		line = strings.TrimRight(line, "\n")
		if utf8.RuneCountInString(line) > columns && !pasted.MatchString(line) && !slices.ContainsFunc(strings.Fields(line), whole.MatchString) {
			out = append(out, fmt.Sprintf("%d columns: %s", utf8.RuneCountInString(line), line))
		}
	}
	return out
}

// TestScreens compares what the commands print for people with testdata/screens.txt, where no line is wider than a
// plain terminal. With -update it writes that file.
func TestScreens(t *testing.T) {
	golden, err := filepath.Abs("testdata/screens.txt")
	if err != nil {
		t.Fatal(err)
	}
	s := newScene(t, os.DirFS("../../testdata/clusters/stacked"), nil)
	s.now = func() time.Time { return time.Date(2026, time.December, 1, 0, 0, 0, 0, time.UTC) }
	snapshot, err := filepath.Abs("testdata/etcd.db")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Dir(s.dir)) // Paths are printed, and may not differ in length.
	s.dir, s.out = filepath.Base(s.dir), "out"
	if err := os.Mkdir(s.out, 0o700); err != nil {
		t.Fatal(err)
	}
	s.run("build")
	secret := regexp.MustCompile(`age1[a-z0-9]+|sha256:[0-9a-f]{64}`)
	var got bytes.Buffer
	for command := range strings.Lines(screens) {
		command = strings.TrimSpace(command)
		out, said, code := s.try(strings.Replace(command, "SNAPSHOT", snapshot, 1))
		fmt.Fprintf(&got, "$ harender %s\n", command)
		if code != 0 {
			fmt.Fprintf(&got, "exit status %d\n%s", code, said)
		}
		for _, line := range tooWide(out) {
			t.Errorf("harender %s: %s", command, line)
		}
		got.WriteString(out + "\n")
	}
	random := secret.ReplaceAllFunc(got.Bytes(), func(key []byte) []byte { return bytes.Repeat([]byte("x"), len(key)) })
	if *update {
		if err := os.WriteFile(golden, random, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, random) {
		t.Errorf("the screens are not those of %s: run the test with -update, and read the difference\n%s", golden, random)
	}
}

// TestHelpFits wants the help of every command on a plain terminal, and each of them among the screens, or among those
// that print what is for programs.
func TestHelpFits(t *testing.T) {
	programs := []string{"schema", "man", "evaluate", "version"}
	lines := strings.Split(screens, "\n")
	for _, command := range append([]string{"", "certs", "secrets", "completion", "completion bash"}, leaves(t, nil)...) {
		for _, line := range tooWide(help(t, command)) {
			t.Errorf("harender %s --help: %s", command, line)
		}
	}
	for _, command := range leaves(t, nil) {
		shown := slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line+" ", command+" ") })
		if !shown && !slices.Contains(programs, command) {
			t.Errorf("harender %s is not among the screens", command)
		}
	}
}
