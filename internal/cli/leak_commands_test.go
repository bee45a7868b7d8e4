package cli_test

import (
	"slices"
	"strings"
	"testing"
)

// always are the commands that run in each repository, one after the other; DIR is the repository, OUT a folder outside of it,
// where what is asked for in the clear goes, and PKI another one, with keys in the clear that come from elsewhere.
const always = `certs list DIR -o json
kubeconfig kubecfg DIR --out OUT/kubecfg.conf
kubeconfig anna DIR --group developers --validity 1h --out OUT/anna.conf
build DIR --locked
build DIR
build DIR --accept-recipients -o json
`

// inTurn are all others: perTurn of them run first in a repository, and the next ones in the next.
const inTurn = `version
versions
schema
explain spec.certificates
explain m1 kube-apiserver -C DIR
explain m1 kube-apiserver -C DIR -o json
check DIR
check DIR -o json
certs list DIR
certs list DIR -o prometheus
certs list DIR --expires-within 90000h
kubeconfig nobody DIR
kubeconfig kubelet-client DIR --node w1 --server http://x --out OUT/none.conf
init DIR
build DIR --no-such-flag
certs renew DIR --node w1
certs renew DIR --ca etcd -o json
certs rotate-ca kubernetes DIR --stage
certs rotate-ca etcd DIR --promote
certs rotate-key encryption DIR --stage -o json
certs rotate-key service-account DIR --back
build DIR --keep-unopened
verify DIR
verify DIR --open -o json
certs pins DIR --open
certs csr DIR
certs import PKI -C DIR
secrets access DIR
secrets access DIR -o json
secrets access DIR --stolen m1
secrets access DIR --stolen w1 -o json
secrets retired DIR
diff DIR
diff DIR -o markdown
diff DIR -o sarif
diff DIR -o json
textconv DIR/secrets/nodes/w1/kube-proxy.key.sops
textconv DIR/secrets/cluster/encryption.yaml.sops
graph DIR
graph DIR -o mermaid
report DIR
restore DIR --snapshot testdata/etcd.db -o json
man OUT/man
secrets renew DIR --all
secrets prune DIR --retired --departed
payload DIR --format ignition --node m1
payload DIR --format cloud-init --node w1
payload DIR --format tar --node m1 --secrets open --out OUT/m1.tar
payload DIR --format ansible --secrets open --out OUT/play -o json
payload DIR --format dir --out DIR/packed
payload DIR --format cloud-init --secrets open --node m1 --out OUT/open
set spec.apiServer.port=8443 DIR
diff DIR
diff DIR -o json
textconv DIR/secrets/nodes/m1/apiserver.key.sops
`

const perTurn = 3

// rotation runs in one repository where everything is in order.
const rotation = `certs rotate-ca kubernetes DIR --stage
certs rotate-ca etcd DIR --stage
certs rotate-ca front-proxy DIR --stage -o json
certs rotate-key service-account DIR --stage
certs rotate-key encryption DIR --stage
certs list DIR
kubeconfig bert DIR --validity 1h --out OUT/bert.conf
certs rotate-ca kubernetes DIR --promote
certs rotate-ca etcd DIR --promote -o json
diff DIR -o markdown
certs rotate-ca etcd DIR --back
certs rotate-ca etcd DIR --promote
certs rotate-key service-account DIR --promote
certs rotate-key encryption DIR --promote
kubeconfig kubecfg DIR --out OUT/rotated.conf
certs rotate-ca kubernetes DIR --retire
certs rotate-ca etcd DIR --retire
certs rotate-key service-account DIR --retire
certs rotate-key encryption DIR --retire --rewritten
certs renew DIR
secrets access DIR --stolen m1
secrets renew DIR --all -o json
secrets retired DIR -o json
report DIR
secrets prune DIR --retired -o json
payload DIR --format ansible --secrets open --out OUT/play
certs pins DIR --open
verify DIR --open
build DIR --locked
`

// commands are those for the next repository.
func (l *leaks) commands() []string {
	turns := strings.Split(strings.TrimSpace(inTurn), "\n")
	var out []string
	for range perTurn {
		out = append(out, turns[l.turn%len(turns)])
		l.turn++
	}
	return append(out, strings.Split(strings.TrimSpace(always), "\n")...)
}

// TestEveryCommandIsRun keeps a new command from being left out of TestNoSecretIsShown.
func TestEveryCommandIsRun(t *testing.T) {
	lines := strings.Split(inTurn+always+rotation, "\n")
	found := 0
	for _, c := range leaves(t, nil) {
		if found++; !slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line+" ", c+" ") }) {
			t.Errorf("harender %s is not run: add it to inTurn, with the folder OUT for what it writes in the clear", c)
		}
	}
	if found < 10 {
		t.Errorf("%d commands", found)
	}
}

// leaves are the commands below one that do something themselves.
func leaves(t *testing.T, path []string) []string {
	t.Helper()
	var out []string
	listed := false
	for line := range strings.Lines(help(t, strings.Join(path, " "))) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case !strings.HasPrefix(line, " "):
			title := strings.TrimSpace(line)
			listed = slices.Contains([]string{"Author:", "Review:", "Deliver:", "Keys:", "Additional Commands:", "Available Commands:"}, title)
		case listed && name != "help" && name != "completion": // Cobra's own.
			out = append(out, leaves(t, append(slices.Clone(path), name))...)
		}
	}
	if len(out) == 0 {
		return []string{strings.Join(path, " ")}
	}
	return out
}
