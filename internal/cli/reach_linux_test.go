package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestReach traces every command that needs no key, in a repository that somebody else may have written: none connects,
// runs anything but the program itself as its own child, or opens anything outside the repository.
func TestReach(t *testing.T) {
	l := newLeaks(t)
	base, _ := l.base()
	out := t.TempDir()
	git := func(args ...string) {
		t.Helper()
		c := exec.Command("git", append([]string{"-C", base, "-c", "user.name=n", "-c", "user.email=e"}, args...)...) // #nosec G204 -- the test's own words
		if said, err := c.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, said)
		}
	}
	git("init", "-q")
	git("add", "-A")
	git("commit", "-q", "-m", "base")
	// Keys in services that would be asked, if anybody were.
	services := "hc_vault_transit_uri: http://127.0.0.1:9/v1/transit/keys/k\n    azure_keyvault: https://127.0.0.1:9/keys/k/v\n" +
		"    kms: arn:aws:kms:eu-central-1:111122223333:key/k\n    gcp_kms: projects/p/locations/l/keyRings/r/cryptoKeys/k\n    age: "
	change(t, base, ".sops.yaml", "age: ", services)
	change(t, base, "cluster.yaml", "tokens: [{user: monitoring}]", "tokens: [{user: monitoring}], extraArgs: {v: \"3\"}")
	for _, line := range []string{
		"check DIR", "check DIR -o json", "build DIR --locked", "diff DIR", "diff DIR -o markdown", "diff DIR -o json", "verify DIR", "verify DIR -o json",
		"report DIR --out OUT/report", "graph DIR", "explain -C DIR m1 kube-apiserver", "certs list DIR", "certs pins DIR", "secrets access DIR",
		"textconv DIR/" + caKey, "textconv DIR/cluster.yaml", "versions DIR", "version", "schema", "man OUT/man", "completion bash", "--help",
		"init OUT/new --recipient age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
	} {
		t.Run(line, func(t *testing.T) { checkReach(t, line, base, out) })
	}
}

var (
	execve   = regexp.MustCompile(`execve\("([^"]*)", \[([^\]]*)`)
	openedAt = regexp.MustCompile(`open(?:at2?)?\(.*= \d+<(/[^>]*)>`)
)

// checkReach runs a command line under strace.
func checkReach(t *testing.T, line, base, out string) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "trace")
	args := []string{"-f", "-y", "-s", "300", "-o", log, "-e", "trace=execve,execveat,connect,socket,sendto,open,openat,openat2", "harender"}
	cmd := exec.Command("strace", append(args, strings.Fields(strings.NewReplacer("DIR", base, "OUT", out).Replace(line))...)...) // #nosec G204 -- the program itself
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + out}
	said, err := cmd.CombinedOutput()
	if _, ended := err.(*exec.ExitError); err != nil && !ended { //nolint:errorlint // as exec gives it
		t.Fatal(err)
	}
	if strings.Contains(string(said), "unknown command") || strings.Contains(string(said), "unknown flag") {
		t.Fatalf("%s", said)
	}
	started := 0
	for call := range strings.Lines(mustRead(t, log)) {
		if m := execve.FindStringSubmatch(call); m != nil && strings.Contains(call, "= 0") {
			if started++; started > 1 && !strings.Contains(m[2], `"evaluate-layers"`) {
				t.Errorf("it runs %s", call)
			}
		}
		if strings.Contains(call, "connect(") || strings.Contains(call, "socket(") || strings.Contains(call, "sendto(") {
			t.Errorf("it connects: %s", call)
		}
		if m := openedAt.FindStringSubmatch(call); m != nil && !within(m[1], base, out) {
			t.Errorf("it opens %s", m[1])
		}
	}
	if started == 0 {
		t.Errorf("the trace shows no start: %s", said)
	}
}

// within reports whether a file is in one of the folders, is the program itself, or one of the system that tells a Go program
// where it runs and who runs it.
func within(file string, folders ...string) bool {
	inside := func(folder string) bool { return file == folder || strings.HasPrefix(file, folder+"/") }
	return filepath.Base(file) == "harender" || slices.ContainsFunc(append(folders, "/proc", "/sys/kernel/mm", "/sys/fs/cgroup", "/usr/share/zoneinfo"), inside) ||
		slices.Contains([]string{"/dev/null", "/etc/localtime", "/etc/passwd"}, file)
}
