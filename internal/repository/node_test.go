package repository_test

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	kubeletv1beta1 "k8s.io/kubelet/config/v1beta1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/plan"
)

// machine is a node as a look at its disk would show it.
type machine struct {
	plan.Node
	files   map[string]entry
	pods    map[string]corev1.Pod
	kubelet kubeletv1beta1.KubeletConfiguration
}

// entry is a file, rendered or from secrets/; then source says which one it is.
type entry struct {
	mode         uint32
	owner, group string
	content      []byte
	source       string
}

func machines(t *testing.T, c compile.Compiled) []machine {
	t.Helper()
	out := make([]machine, 0, len(c.Plan.Nodes))
	for _, n := range c.Plan.Nodes {
		out = append(out, newMachine(t, c, n))
	}
	return out
}

func newMachine(t *testing.T, c compile.Compiled, n plan.Node) machine {
	t.Helper()
	m := machine{Node: n, files: map[string]entry{}, pods: map[string]corev1.Pod{}}
	for _, f := range c.Rendered.Nodes[n.Cluster.Name] {
		m.files[f.Path] = entry{mode: uint32(f.Mode), owner: f.Owner, group: f.Group, content: f.Content.Bytes()}
		if path.Dir(f.Path)+"/" != manifests {
			continue
		}
		var p corev1.Pod
		if err := yaml.Unmarshal(f.Content.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		m.pods[p.Name] = p
	}
	for _, f := range n.Material {
		m.files[f.Path] = entry{mode: f.Mode, owner: "root", group: cmp.Or(f.Group, "root"), source: f.Source}
	}
	config, ok := m.files["var/lib/kubelet/config.yaml"]
	if n.Kubeadm {
		config, ok = m.files["etc/kubernetes/patches/kubeletconfiguration+merge.yaml"]
		m.addKubeadmPods(t)
	}
	if ok {
		if err := yaml.Unmarshal(config.content, &m.kubelet); err != nil {
			t.Fatal(err)
		}
	} else {
		m.kubelet = byFlags(m.flags("kubelet"))
	}
	return m
}

// byFlags is the configuration of a kubelet that has no file for it, as far as the benchmark asks.
func byFlags(flags map[string]string) kubeletv1beta1.KubeletConfiguration {
	var c kubeletv1beta1.KubeletConfiguration
	yes := func(name string) *bool { return ptr.To(flags[name] == "true") }
	c.Authentication.Anonymous.Enabled = yes("anonymous-auth")
	c.Authentication.Webhook.Enabled = yes("authentication-token-webhook")
	c.Authentication.X509.ClientCAFile = flags["client-ca-file"]
	c.Authorization.Mode = kubeletv1beta1.KubeletAuthorizationMode(flags["authorization-mode"])
	c.TLSCertFile, c.TLSPrivateKeyFile = flags["tls-cert-file"], flags["tls-private-key-file"]
	if flags["read-only-port"] != "0" {
		c.ReadOnlyPort = 10255
	}
	return c
}

// flags are those of the pod's first container, or of the unit. Of a flag that repeats, the last.
func (m machine) flags(component string) map[string]string {
	var argv []string
	if p, ok := m.pods[component]; ok {
		argv = slices.Concat(p.Spec.Containers[0].Command, p.Spec.Containers[0].Args)
	}
	for _, file := range []string{component + ".service.d/20-harender.conf", component + ".service"} {
		if _, start, ok := strings.Cut(string(m.files["etc/systemd/system/"+file].content), "\nExecStart=/"); ok {
			argv = strings.Fields(start)
		}
	}
	out := map[string]string{}
	for _, arg := range argv {
		if name, value, ok := strings.Cut(arg, "="); ok && strings.HasPrefix(name, "--") {
			out[name[2:]] = value
		}
	}
	return out
}

// matching are the files whose path matches.
func (m machine) matching(t *testing.T, pattern string) map[string]entry {
	t.Helper()
	out := map[string]entry{}
	for name, f := range m.files {
		ok, err := path.Match(pattern, name)
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			out[name] = f
		}
	}
	return out
}
