package conform

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

// pathFlags are the flags whose values are paths, by what the program does there. A list has commas between its elements;
// what is no absolute path is passed over.
func pathFlags() map[string]struct{ read, write []string } {
	return map[string]struct{ read, write []string }{
		"etcd": {
			[]string{"cert-file", "key-file", "trusted-ca-file", "client-crl-file", "client-cert-file", "client-key-file", "peer-cert-file", "peer-key-file",
				"peer-trusted-ca-file", "peer-crl-file", "peer-client-cert-file", "peer-client-key-file", "config-file", "discovery-cert", "discovery-key", "discovery-cacert",
				"ca-file", "peer-ca-file"},
			[]string{"data-dir", "wal-dir", "log-outputs"},
		},
		"kube-apiserver": {
			[]string{"admission-control-config-file", "audit-policy-file", "audit-webhook-config-file", "authentication-config",
				"authentication-token-webhook-config-file", "authorization-config", "authorization-policy-file", "authorization-webhook-config-file", "client-ca-file",
				"cloud-config", "egress-selector-config-file", "encryption-provider-config", "experimental-encryption-provider-config", "etcd-cafile", "etcd-certfile", "etcd-keyfile",
				"kubelet-certificate-authority", "kubelet-client-certificate", "kubelet-client-key", "oidc-ca-file", "peer-ca-file", "proxy-client-cert-file",
				"proxy-client-key-file", "requestheader-client-ca-file", "service-account-key-file", "service-account-signing-key-file", "tls-cert-file",
				"tls-private-key-file", "tls-ca-file", "tls-sni-cert-key", "token-auth-file", "basic-auth-file", "tracing-config-file", "ssh-keyfile"},
			[]string{"audit-log-path", "log-dir", "log-file"},
		},
		"kube-controller-manager": {
			[]string{"authentication-kubeconfig", "authorization-kubeconfig", "client-ca-file", "cloud-config", "cluster-signing-cert-file", "cluster-signing-key-file",
				"cluster-signing-kube-apiserver-client-cert-file", "cluster-signing-kube-apiserver-client-key-file", "cluster-signing-kubelet-client-cert-file",
				"cluster-signing-kubelet-client-key-file", "cluster-signing-kubelet-serving-cert-file", "cluster-signing-kubelet-serving-key-file",
				"cluster-signing-legacy-unknown-cert-file", "cluster-signing-legacy-unknown-key-file", "kubeconfig", "leader-migration-config",
				"pv-recycler-pod-template-filepath-hostpath", "pv-recycler-pod-template-filepath-nfs", "requestheader-client-ca-file", "root-ca-file",
				"service-account-private-key-file", "tls-cert-file", "tls-private-key-file", "tls-sni-cert-key"},
			[]string{"log-dir", "log-file"},
		},
		"kube-scheduler": {
			[]string{"authentication-kubeconfig", "authorization-kubeconfig", "client-ca-file", "config", "kubeconfig", "policy-config-file", "requestheader-client-ca-file",
				"tls-cert-file", "tls-private-key-file", "tls-sni-cert-key"},
			[]string{"log-dir", "log-file", "write-config-to"},
		},
		"kube-proxy": {[]string{"config", "kubeconfig"}, []string{"log-dir", "log-file", "write-config-to"}},
		"kubelet": {
			[]string{"bootstrap-kubeconfig", "client-ca-file", "cloud-config", "config", "config-dir", "image-credential-provider-config", "kubeconfig", "tls-cert-file", "tls-private-key-file"},
			[]string{"log-dir", "log-file"},
		},
		"haproxy":    {[]string{"f"}, nil},
		"keepalived": {[]string{"use-file", "f", "vrrp-file"}, nil},
	}
}

// pathUse is a path on a command line, or in a file that one names.
type pathUse struct {
	program, flag, path string
	writes              bool
	// within is the file of configuration that has it.
	within string
}

// pathUses of a program.
func (j checker) pathUses(p program) []pathUse {
	known, ok := pathFlags()[p.name]
	c, isComponent := j.facts.Flags[p.name]
	if !ok {
		return nil
	}
	var out []pathUse
	for _, a := range pathArguments(p, j) {
		flag := strings.ReplaceAll(a.name, "_", "-")
		if _, has := flagOf(c, a.name); isComponent && !has {
			continue // That there is no such flag is told already.
		}
		writes := slices.Contains(known.write, flag)
		if !writes && !slices.Contains(known.read, flag) {
			continue
		}
		for element := range strings.SplitSeq(a.value, ",") {
			// tls-sni-cert-key has names behind a colon.
			if at, _, _ := strings.Cut(strings.TrimSpace(element), ":"); strings.HasPrefix(at, "/") && !strings.Contains(at, "$") {
				out = append(out, pathUse{program: p.name, flag: a.name, path: at, writes: writes})
			}
		}
	}
	return out
}

// pathArguments also knows the short flags of haproxy and keepalived, whose value is the next word.
func pathArguments(p program, j checker) []argument {
	c, known := j.facts.Flags[p.name]
	args := arguments(p.name, c, p.argv)
	if known {
		return args
	}
	for i := range args {
		if args[i].name == "f" && !args[i].valued && i+1 < len(args) && args[i+1].name == "" {
			args[i].value = args[i+1].value
		}
	}
	return args
}

// delivered are the paths of a node's files as the programs see them: opened, and from the root.
func delivered(n plan.Node, files []tree.File) map[string]tree.File {
	out := map[string]tree.File{}
	for _, f := range files {
		out["/"+strings.TrimSuffix(f.Path, layout.Sealed)] = f
	}
	for _, m := range n.Material {
		out["/"+m.Path] = tree.File{Path: m.Path}
	}
	return out
}

// paths finds the flags and settings that name a file which is not where the program looks for it. A node that kubeadm
// brings up has files that kubeadm writes.
// own is a file that gets to the nodes by other means, or empty.
func (j checker) paths(n plan.Node, files []tree.File, pods []manifest, own string) []problem {
	if n.Kubeadm {
		return nil
	}
	host := hostView{files: delivered(n, files)}
	host.folders = foldersOf(host.files)
	if own != "" {
		host.files[own] = tree.File{}
	}
	var out []problem
	for _, m := range pods {
		spec, _ := m.pod["spec"].(object)
		for _, key := range []string{"initContainers", "containers"} {
			list, _ := spec[key].([]any)
			for _, element := range list {
				c, _ := element.(object)
				if command := texts(c["command"]); len(command) > 0 {
					v := newPodView(host, spec, c)
					uses := j.pathUses(newProgram(slices.Concat(command, texts(c["args"]))))
					out = append(out, j.follow(podName(m.pod), uses, v)...)
				}
			}
		}
	}
	for _, f := range files {
		if !isUnit(f) {
			continue
		}
		for _, p := range unitPrograms(f.Content.Bytes()) {
			out = append(out, j.follow(p.name, j.pathUses(p), host)...)
		}
	}
	return out
}

// view is how a program sees the file system.
type view interface {
	// find tells what is wrong with a use, or else which delivered file it is, if it is one.
	find(u pathUse) (tree.File, diag.Diagnostic, bool)
}

// follow judges uses, and those in the files that these name.
func (j checker) follow(component string, uses []pathUse, v view) []problem {
	var out []problem
	seen := map[string]bool{}
	for len(uses) > 0 {
		u := uses[0]
		uses = uses[1:]
		f, d, wrong := v.find(u)
		if wrong {
			out = append(out, pathProblem(component, u, d))
			continue
		}
		if f.Mode == 0 || f.Content.IsSealed() {
			continue // It is not there, or nobody knows what is in it.
		}
		for _, d := range u.read(f) {
			out = append(out, pathProblem(component, u, d))
		}
		if len(f.Content.Bytes()) > 0 && !seen[f.Path] {
			seen[f.Path] = true
			uses = append(uses, filePaths(u, f)...)
		}
	}
	return out
}

func pathProblem(component string, u pathUse, d diag.Diagnostic) problem {
	words := []string{u.path, strings.TrimPrefix(u.path, "/"), path.Base(u.path), u.flag}
	return problem{
		finding: d, words: words, argument: argument{name: u.flag, value: u.path, valued: true},
		subject: subject{table: pairTable, component: cmp.Or(u.program, component)},
	}
}

// name of what says the path.
func (u pathUse) name() string {
	if u.within != "" {
		return u.flag + " in " + u.within
	}
	return "--" + u.flag + " of " + u.program
}
