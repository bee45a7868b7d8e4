package conform

import (
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/conform/staticpod"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

// manifest of a static pod, read once for all that share its bytes.
type manifest struct {
	file tree.File
	pod  object
}

// manifests among the files of a node.
func manifests(files []tree.File, read map[*byte]object) []manifest {
	var out []manifest
	for _, f := range files {
		content := f.Content.Bytes()
		if !strings.HasPrefix(f.Path, layout.Manifests) || len(content) == 0 {
			continue
		}
		pod, ok := read[&content[0]]
		if !ok {
			for _, doc := range documents(content) {
				pod, _ = doc.(object)
			}
			read[&content[0]] = pod
		}
		out = append(out, manifest{f, pod})
	}
	return out
}

// kubelet is how the kubelet of the version takes static pods. The gate came with 1.34 and is gone from 1.37 on, whose kubelet
// always refuses.
func (j checker) kubelet() staticpod.Kubelet {
	gate, known := j.facts.Gates["kubelet"]["PreventStaticPodAPIReferences"]
	return staticpod.Kubelet{RefusesReferences: gate.Default || !known && !older(j.minor, "1.34")}
}

// staticPods finds what is wrong with the static pods of a node: with each by itself, and with what the node must run.
func (j checker) staticPods(n plan.Node, pods []manifest) []problem {
	var out []problem
	for _, m := range pods {
		name := podName(m.pod)
		for _, f := range staticpod.Check(m.pod, j.kubelet()) {
			out = append(out, podProblem(name, f.Diagnostic, f.Words...))
		}
	}
	for _, name := range n.Pods {
		at := slices.IndexFunc(pods, func(m manifest) bool { return podName(m.pod) == name })
		if at < 0 {
			out = append(out, missingPod(name, pods)...)
			continue
		}
		out = append(out, j.ownProgram(name, pods[at].pod)...)
	}
	return out
}

func podName(pod object) string {
	metadata, _ := pod["metadata"].(object)
	return text(metadata["name"])
}

// podProblem is told as a mistake of the pod's layers, by the words that stand there.
func podProblem(pod string, d diag.Diagnostic, words ...string) problem {
	return problem{finding: d, subject: subject{table: pairTable, component: pod}, words: append(words, pod)}
}

// missingPod was removed by a patch. Another pod with the program takes its place; without kube-proxy and a balancer of
// harender's a cluster may do.
func missingPod(name string, pods []manifest) []problem {
	for _, m := range pods {
		spec, _ := m.pod["spec"].(object)
		if slices.ContainsFunc(containerPrograms(spec), func(p program) bool { return p.name == name }) {
			return nil
		}
	}
	d := diag.Diagnostic{
		Summary: "a layer removes the static pod " + name + ", which the node must run", Hint: "remove the patch that deletes it; target: {} is every pod",
	}
	if _, required := programFlags()[name]; !required {
		d.Severity, d.Summary = diag.Warning, "a layer removes the static pod "+name
		d.Hint = "if something else does its work, nothing is to do; if not, remove the patch that deletes it"
	}
	return []problem{podProblem(name, d, "$patch", name)}
}

// programFlags are those without which a program of the control plane does not start, or starts as another cluster's:
// a patch that replaced the list of arguments lost them. One of the alternatives is enough.
func programFlags() map[string][][]string {
	return map[string][][]string{
		"etcd":                    {{"data-dir"}, {"initial-cluster", "discovery-srv", "discovery"}, {"listen-peer-urls"}},
		"kube-apiserver":          {{"etcd-servers"}, {"tls-cert-file", "cert-dir"}},
		"kube-controller-manager": {{"kubeconfig", "master"}},
		"kube-scheduler":          {{"kubeconfig", "config", "master"}},
	}
}

// ownProgram finds a pod of the library whose container runs something else, or is not on the host's network.
func (j checker) ownProgram(name string, pod object) []problem {
	var out []problem
	spec, _ := pod["spec"].(object)
	if spec["hostNetwork"] != true {
		out = append(out, podProblem(name, diag.Diagnostic{
			Summary: name + " does not use the network of its host",
			Detail:  "Its addresses, its probes and clients are those of the node.", Hint: "remove what sets hostNetwork, or set it to true",
		}, "hostNetwork"))
	}
	if policy := text(spec["restartPolicy"]); policy != "" && policy != "Always" {
		out = append(out, podProblem(name, diag.Diagnostic{
			Severity: diag.Warning, Summary: name + " is not always started again once it has ended: restartPolicy is " + diag.Quote(policy),
			Hint: "remove restartPolicy, or write Always",
		}, "restartPolicy"))
	}
	list, _ := spec["containers"].([]any)
	for _, element := range list {
		c, _ := element.(object)
		if text(c["name"]) == name {
			return append(out, j.ownCommand(name, c)...)
		}
	}
	if len(list) > 0 {
		out = append(out, podProblem(name, diag.Diagnostic{
			Summary: "no container of the static pod " + name + " is called " + name, Hint: "keep the name of the library's container: a patch finds it by that",
		}, "containers"))
	}
	return out
}

func (j checker) ownCommand(name string, c object) []problem {
	words := slices.Concat(texts(c["command"]), texts(c["args"]))
	const hint = "a patch of command or args replaces the list: set flags by extraArgs, or in a mixin by flags+::"
	command := texts(c["command"])
	switch p := newProgram(command); {
	case len(words) == 0 && programFlags()[name] != nil:
		return []problem{podProblem(name, diag.Diagnostic{Summary: "container " + name + " has no command and no arguments", Hint: hint}, "command")}
	case len(command) > 0 && strings.HasPrefix(command[0], "-"):
		return []problem{podProblem(name, diag.Diagnostic{
			Summary: "the program of container " + name + " would be " + diag.Quote(command[0]), Hint: hint,
		}, command[0], "command")}
	case !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(w, name) }):
		return []problem{podProblem(name, diag.Diagnostic{
			Severity: diag.Warning, Summary: "container " + name + " does not run " + name + " but " + diag.Quote(strings.Join(command, " ")), Hint: hint,
		}, append(slices.Clone(command), "command")...)}
	case p.name != name:
		return nil // A program around it may bring flags of its own.
	}
	return j.lostFlags(name, words[1:], hint)
}

func (j checker) lostFlags(name string, argv []string, hint string) []problem {
	args := arguments(name, j.facts.Flags[name], argv)
	if len(given(args, "config-file"))+len(given(args, "config")) > 0 && name == etcd {
		return nil
	}
	var lost []string
	for _, alternatives := range programFlags()[name] {
		if !slices.ContainsFunc(alternatives, func(flag string) bool { return len(given(args, flag)) > 0 }) {
			lost = append(lost, "--"+alternatives[0])
		}
	}
	if len(lost) == 0 {
		return nil
	}
	return []problem{podProblem(name, diag.Diagnostic{
		Summary: name + " runs without " + strings.Join(lost, ", "), Hint: hint,
	}, "command", "args", strings.TrimLeft(lost[0], "-"))}
}
