package cli

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/repository"
)

// names are what can fill the gap.
func (env Environment) names(p gap) []cobra.Completion {
	if strings.Contains(p.word, "|") && p.word != "FIELD|NODE" {
		return strings.Split(p.word, "|")
	}
	switch p.word {
	case "CA":
		return authorities().names
	case "KEY":
		return keys().names
	case "KIND":
		return []cobra.Completion{cluster.HAProxy, cluster.Keepalived, cluster.KubeVIP, cluster.NodeLocal, cluster.Cloud, cluster.External}
	case "MAJOR.MINOR.PATCH":
		return env.releases()
	case "PLATFORM":
		all, _ := repository.Platforms(p.repository(), env.Environment) // Nobody is told what is wrong: a shell waits.
		return plainNames(slices.Sorted(maps.Keys(all)))
	case "FIELD|NODE":
		return append(env.planned(p, nodeNames), "spec")
	case "NODE", "RECIPIENT":
		return env.planned(p, nodeNames)
	case "POOL":
		return env.planned(p, poolNames)
	case "POD":
		return env.planned(p, func(all plan.Plan) []cobra.Completion { return programNames(all, p.args[0]) })
	case "USER":
		if p.command.Name() == "kubeconfig" {
			return env.planned(p, clientNames)
		}
		return env.planned(p, func(all plan.Plan) []cobra.Completion { return plainNames(slices.Collect(maps.Values(all.Users()))) })
	}
	return nil
}

// planned asks the plan of the repository.
func (env Environment) planned(p gap, of func(plan.Plan) []cobra.Completion) []cobra.Completion {
	all, list := repository.Plan(p.repository(), env.Environment)
	if list.HasErrors() {
		return nil
	}
	return of(all)
}

func nodeNames(p plan.Plan) []cobra.Completion {
	var out []cobra.Completion
	for _, n := range p.Cluster.Nodes {
		var about []string
		for _, r := range n.Roles {
			about = append(about, string(r))
		}
		if n.Pool != "" {
			about = append(about, "pool "+n.Pool)
		}
		out = append(out, cobra.CompletionWithDesc(n.Name, strings.Join(about, ", ")))
	}
	return out
}

func poolNames(p plan.Plan) []cobra.Completion {
	sizes := map[string]int{}
	for _, n := range p.Cluster.Nodes {
		if n.Pool != "" {
			sizes[n.Pool]++
		}
	}
	var out []cobra.Completion
	for _, name := range slices.Sorted(maps.Keys(sizes)) {
		out = append(out, cobra.CompletionWithDesc(name, count(sizes[name], "node")))
	}
	return out
}

// programNames are the static pods and the services of a node.
func programNames(p plan.Plan, node string) []cobra.Completion {
	var out []cobra.Completion
	for _, n := range p.Nodes {
		if n.Cluster.Name != node {
			continue
		}
		out = append(out, n.Pods...)
		for _, unit := range n.Units {
			if name, ok := strings.CutSuffix(unit, ".service"); ok {
				out = append(out, name)
			}
		}
	}
	return plainNames(out)
}

// clientNames are the users that have a client certificate of the apiserver's authority.
func clientNames(p plan.Plan) []cobra.Completion {
	var out []cobra.Completion
	for _, c := range p.Certificates {
		if c.Authority == plan.KubernetesCA && c.Profile == "client" {
			out = append(out, c.CommonName)
		}
	}
	return plainNames(out)
}

// releases are the versions of Kubernetes that a new repository can name.
func (env Environment) releases() []cobra.Completion {
	all := repository.BuiltinVersions(env.Environment)
	var out []cobra.Completion
	for _, s := range all {
		out = append(out, s.Default)
	}
	return out
}

// plainNames are sorted, none twice, and cannot say anything to a terminal.
func plainNames(all []string) []cobra.Completion {
	for i, name := range all {
		all[i] = oneLine(name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
