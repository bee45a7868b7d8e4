//go:build e2e

package repository_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/proof/testtool"
)

// TestComponents hands every golden cluster to the components of its own version of Kubernetes: each parses its arguments
// and decodes its configuration files as it does before it starts. Their programs take minutes to build, and so this runs
// with the boot proof.
func TestComponents(t *testing.T) {
	dirs, err := os.ReadDir(clusters)
	if err != nil {
		t.Fatal(err)
	}
	judged := map[string]int{}
	for _, d := range dirs {
		t.Run(d.Name(), func(t *testing.T) { judgeCluster(t, compileCluster(t, d.Name()), judged) })
	}
	for _, minor := range builtMinors(t) {
		for _, component := range release.Components() {
			if judged[minor+" "+component] == 0 {
				t.Errorf("no golden cluster has %s of %s", component, minor)
			}
		}
	}
	t.Logf("judged, by version and component: %v", judged)
}

// TestComponentsJudge: the judges of TestComponents find what is wrong.
func TestComponentsJudge(t *testing.T) {
	for _, minor := range builtMinors(t) {
		programs := testtool.Set(t, "versions", minor)
		for _, component := range release.Components() {
			if err := parse(programs, component, []string{"--none=1"}); err == nil {
				t.Errorf("%s of %s takes a flag that it has not", component, minor)
			}
			if err := parse(programs, component, []string{"--feature-gates=None=true"}); err == nil {
				t.Errorf("%s of %s takes a gate that it has not", component, minor)
			}
		}
		if err := judge(programs, "kubelet", "decode", "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nnone: 1\n"); err == nil {
			t.Errorf("the kubelet of %s takes a field that it has not", minor)
		}
	}
}

// builtMinors are those that testdata/versions builds the components of.
func builtMinors(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(testtool.Testdata(t), "versions", "1.*.mod"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(filepath.Base(f), ".mod")
	}
	return files
}

func judgeCluster(t *testing.T, c compile.Compiled, judged map[string]int) {
	built := builtMinors(t)
	for _, pattern := range []string{"etc/*/*/*", "etc/*/*/*/*", "srv/*/*", "var/*/*/*"} {
		distinct(t, c, pattern, func(t *testing.T, n plan.Node, f tree.File) {
			minor := n.Cluster.Version.Series()
			if !slices.Contains(built, minor) {
				return // Of a version whose modules do not build any more.
			}
			programs := testtool.Set(t, "versions", minor)
			for _, argv := range commandLines(t, f, variables(c, n)) {
				component := path.Base(argv[0])
				if err := parse(programs, component, argv[1:]); err != nil {
					t.Errorf("%s of %s: %v", component, minor, err)
				}
				judged[minor+" "+component]++
			}
			for document := range strings.SplitSeq(string(f.Content.Bytes()), "\n---\n") {
				if decoder := decoderOf(document); decoder != "" {
					if err := judge(programs, decoder, "decode", document); err != nil {
						t.Errorf("%s of %s: %v", decoder, minor, err)
					}
				}
			}
		})
	}
}

// commandLines are those of the components in a manifest or a drop-in, with the values of their variables.
func commandLines(t *testing.T, f tree.File, values map[string]string) [][]string {
	t.Helper()
	text := string(f.Content.Bytes())
	for name, value := range values {
		text = strings.NewReplacer("$("+name+")", value, "${"+name+"}", value).Replace(text)
	}
	var out [][]string
	switch {
	case path.Dir(f.Path)+"/" == manifests:
		var p corev1.Pod
		if err := yaml.Unmarshal([]byte(text), &p); err != nil {
			t.Fatal(err)
		}
		for _, c := range p.Spec.Containers {
			out = append(out, slices.Concat(c.Command, c.Args))
		}
	case strings.HasPrefix(f.Path, "etc/systemd/system/"):
		_, line, _ := strings.Cut(text, "\nExecStart=/")
		line, _, _ = strings.Cut(line, "\n")
		words, err := exec.Command("sh", "-c", `printf '%s\n' /`+line).Output() // #nosec G204 -- a golden file, quoted as a shell quotes
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, strings.Split(strings.TrimSpace(string(words)), "\n"))
	}
	return slices.DeleteFunc(out, func(argv []string) bool {
		return len(argv) == 0 || !slices.Contains(release.Components(), path.Base(argv[0]))
	})
}

// variables of a node: those of the downward API, and those of the kubelet's unit.
func variables(c compile.Compiled, n plan.Node) map[string]string {
	out := map[string]string{"HOST_IP": n.Cluster.Addresses[0].String(), "NODE_NAME": n.Cluster.Name}
	for _, f := range c.Rendered.Nodes[n.Cluster.Name] {
		if path.Ext(f.Path) != ".env" {
			continue
		}
		for line := range strings.Lines(string(f.Content.Bytes())) {
			if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
				out[name] = value
			}
		}
	}
	return out
}

// decoderOf is the component that a configuration file is for; none for what is no file of a component.
func decoderOf(document string) string {
	var o struct{ Kind string }
	if err := yaml.Unmarshal([]byte(document), &o); err != nil {
		return ""
	}
	kinds := map[string][]string{
		"kube-apiserver": {
			"AdmissionConfiguration", "AuthenticationConfiguration", "AuthorizationConfiguration", "EgressSelectorConfiguration",
			"EncryptionConfiguration", "Policy", "TracingConfiguration",
		},
		"kube-proxy": {"KubeProxyConfiguration"}, "kube-scheduler": {"KubeSchedulerConfiguration"},
		"kubeadm": {"ClusterConfiguration", "InitConfiguration", "JoinConfiguration", "ResetConfiguration", "UpgradeConfiguration"},
		"kubelet": {"CredentialProviderConfig", "KubeletConfiguration"},
	}
	for component, list := range kinds {
		if slices.Contains(list, o.Kind) {
			return component
		}
	}
	return ""
}

// parse has a component read its arguments. etcd does so before it shows its help.
func parse(programs, component string, argv []string) error {
	if component == "etcd" {
		return says(exec.Command(filepath.Join(programs, component), append(argv, "--help")...)) // #nosec G204 -- built for this test
	}
	return judge(programs, component, "parse", strings.Join(argv, "\n"))
}

// judge gives the component's program an input, and returns its complaint.
func judge(programs, component, task, input string) error {
	cmd := exec.Command(filepath.Join(programs, component), task) // #nosec G204 -- built for this test
	cmd.Stdin = strings.NewReader(input)
	return says(cmd)
}

func says(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}
