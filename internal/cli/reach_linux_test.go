package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/proof/testtool"
)

// keyless are command lines that need no key. They run in a repository that somebody else may have written.
const keyless = `check DIR
check DIR -o json
build DIR --locked
diff DIR
diff DIR -o markdown
diff DIR -o sarif
diff DIR -o json
diff DIR -o ansible
diff DIR --base HEAD
verify DIR
verify DIR -o json
verify DIR --node m1 --root DIR/rendered/m1
report DIR --out OUT/report
graph DIR
graph DIR -o mermaid
explain spec.certificates
set kind=Cluster DIR
explain -C DIR m1 kube-apiserver
certs list DIR
certs list DIR -o prometheus
certs pins DIR
restore DIR --snapshot SNAPSHOT
secrets access DIR
secrets access DIR --stolen m1
secrets retired DIR
textconv DIR/secrets/cluster/kubernetes-ca.key.sops
textconv DIR/cluster.yaml
versions DIR
version
schema
man OUT/man
completion bash
__complete build DIR/
--help
payload DIR --format dir --out OUT/dir
payload DIR --format tar --node m1 --out OUT/m1.tar
payload DIR --format ignition --node m1 --out OUT/m1.ign
payload DIR --format cloud-init --node m1 --out OUT/m1.yaml
payload DIR --format ansible --out OUT/play
init OUT/new --recipient age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p
`

// keyed are those that open or seal something, with an age key at hand.
const keyed = `build DIR
verify DIR --open
certs pins DIR --open
certs csr DIR --out OUT/requests
certs import PKI -C DIR
certs renew DIR --node w1
certs rotate-ca kubernetes DIR --stage
certs rotate-key encryption DIR --stage
kubeconfig anna DIR --validity 1h --out OUT/anna.conf
secrets renew DIR --all
secrets prune DIR --retired
payload DIR --format tar --node m1 --secrets open --out OUT/open.tar
`

// TestReach traces every command: none connects, runs anything but the program itself as its own child, or opens anything outside the
// repository and what it was told. Those without need of a key run where the policy names services that would be asked, if anybody were.
func TestReach(t *testing.T) {
	l := newLeaks(t)
	base, who := l.base()
	out := t.TempDir()
	testtool.Git(t, base, "init", "-q")
	testtool.Git(t, base, "add", "-A")
	testtool.Git(t, base, "commit", "-q", "-m", "base")
	own := filepath.Join(l.work, "own")
	must(t, os.CopyFS(own, os.DirFS(base)))
	services := "hc_vault_transit_uri: http://127.0.0.1:9/v1/transit/keys/k\n    azure_keyvault: https://127.0.0.1:9/keys/k/v\n" +
		"    kms: arn:aws:kms:eu-central-1:111122223333:key/k\n    gcp_kms: projects/p/locations/l/keyRings/r/cryptoKeys/k\n    age: "
	change(t, base, ".sops.yaml", "age: ", services)
	change(t, base, "cluster.yaml", "tokens: [{user: monitoring}]", "tokens: [{user: monitoring}], extraArgs: {v: \"3\"}")
	snapshot, err := filepath.Abs("testdata/etcd.db")
	must(t, err)
	lines := strings.Split(strings.TrimSpace(keyless), "\n")
	for _, line := range lines {
		t.Run(line, func(t *testing.T) {
			checkReach(t, line, nil, map[string]string{"DIR": base, "OUT": out, "SNAPSHOT": snapshot})
		})
	}
	l.searchDisk(t, base, out)
	for line := range strings.SplitSeq(strings.TrimSpace(keyed), "\n") {
		lines = append(lines, line)
		t.Run(line, func(t *testing.T) {
			checkReach(t, line, []string{"SOPS_AGE_KEY=" + who.env["SOPS_AGE_KEY"]}, map[string]string{"DIR": own, "OUT": out, "PKI": l.pki})
		})
	}
	for _, c := range leaves(t, nil) {
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line+" ", c+" ") }) {
			t.Errorf("harender %s is not traced: add it to keyless, or to keyed", c)
		}
	}
}

// searchDisk looks for every secret of the cluster in every byte that lies where commands without a key can write, as checkReach
// has seen: in the repository, and in what is their home and their output.
func (l *leaks) searchDisk(t *testing.T, folders ...string) {
	t.Helper()
	for _, folder := range folders {
		l.walk("a machine without a key", folder, nil)
	}
	for _, leak := range l.found() {
		t.Error(leak)
	}
	size := 0
	for _, x := range l.texts {
		size += len(x.data)
	}
	t.Logf("%d secrets are nowhere in %d files of %d bytes", len(l.secrets.known), len(l.texts), size)
	if len(l.secrets.known) < 25 || len(l.texts) < 200 {
		t.Error("the secrets are fewer than 25, or the files fewer than 200")
	}
}

// checkReach runs a command line under strace. The folders are those of its words.
func checkReach(t *testing.T, line string, env []string, folders map[string]string) {
	t.Helper()
	args := strings.Fields(line)
	within := make([]string, 0, len(folders))
	for word, folder := range folders {
		within = append(within, folder)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], word, folder)
		}
	}
	env = append(env, "PATH="+os.Getenv("PATH"), "HOME="+folders["OUT"])
	calls, said := straced(t, "execve,execveat,connect,socket,bind,sendto,sendmsg,open,openat,openat2,creat", "300", env, args...)
	if strings.Contains(said, "unknown command") || strings.Contains(said, "unknown flag") || strings.Contains(said, "goroutine ") {
		t.Fatalf("%s", said)
	}
	started := 0
	for _, c := range calls {
		switch {
		case strings.HasPrefix(c.name, "execve") && c.result == "0":
			if started++; started > 1 && !slices.ContainsFunc(c.texts, func(text []byte) bool { return bytes.Equal(text, []byte("evaluate-layers")) }) {
				t.Errorf("it runs %q", c.texts)
			}
		case strings.HasPrefix(c.name, "execve"): // It found no such program.
		case slices.Contains([]string{"connect", "socket", "bind", "sendto", "sendmsg"}, c.name):
			t.Errorf("it connects: %s %q", c.name, c.texts)
		case c.opened != "" && !reachable(c.opened, within):
			t.Errorf("it opens %s", c.opened)
		}
	}
	if started == 0 {
		t.Errorf("the trace shows no start: %s", said)
	}
}

// reachable reports whether a file is in one of the folders, is the program itself, or one of the system that tells a Go program
// where it runs and who runs it.
func reachable(file string, folders []string) bool {
	inside := func(folder string) bool { return file == folder || strings.HasPrefix(file, folder+"/") }
	return filepath.Base(file) == "harender" || slices.ContainsFunc(append(folders, "/proc", "/sys/kernel/mm", "/sys/fs/cgroup", "/usr/share/zoneinfo"), inside) ||
		slices.Contains([]string{"/dev/null", "/etc/localtime", "/etc/passwd", "/etc/group"}, file)
}
