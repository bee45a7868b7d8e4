package oracle

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// extras are flags that exclude or need others, or that a version has not: by component.
func extras() map[string][]string {
	return map[string][]string{
		"kube-apiserver": {
			"--oidc-issuer-url=https://id.example.org", "--oidc-client-id=kubernetes", "--authorization-config=/etc/kubernetes/none.yaml", "--anonymous-auth=maybe",
			"--insecure-port=8080", "--enable-admission-plugins=PodSecurityPolicy", "--feature-gates=NoSuchGate=true", "--runtime-config=no/such=true",
			"--tls-min-version=VersionTLS14", "--tls-cipher-suites=TLS_NONE", "--service-node-port-range=40000-30000", "--v=high", "--audit-log-maxage=-1",
			"--etcd-compaction-interval=-5m", "--max-requests-inflight=-1", "--secure-port=70000", "--service-cluster-ip-range=10.96.0.0/8",
		},
		"kube-controller-manager": {
			"--controllers=nosuch", "--node-cidr-mask-size=40", "--feature-gates=NoSuchGate=true", "--leader-elect-lease-duration=1s", "--cluster-cidr=10.0.0.0/33",
			"--service-account-private-key-file=/none.key", "--concurrent-deployment-syncs=-1", "--port=10252", "--tls-min-version=TLS1.2", "--kube-api-qps=-1",
		},
		"kube-scheduler": {
			"--port=10251", "--policy-config-file=/none.json", "--feature-gates=NoSuchGate=true", "--leader-elect-renew-deadline=1h", "--config=/none.yaml", "--tls-min-version=1.2",
			"--secure-port=-1", "--algorithm-provider=DefaultProvider",
		},
		"kubelet": {
			"--network-plugin=cni", "--container-runtime=remote", "--pod-infra-container-image=x", "--node-labels=node-role.kubernetes.io/master=", "--feature-gates=NoSuchGate=true",
			"--cgroup-driver=none", "--max-pods=many", "--node-ip=10.0.0", "--config=/none.yaml", "--image-gc-high-threshold=10", "--docker-endpoint=x",
		},
		"kube-proxy": {"--proxy-mode=userspace", "--cleanup-iptables=true", "--feature-gates=NoSuchGate=true", "--config=/none.yaml", "--bind-address=x", "--nosuch=1"},
		"etcd": {
			"--enable-v2=true", "--experimental-initial-corrupt-check=true", "--feature-gates=NoSuchGate=true", "--auto-compaction-mode=sometimes", "--snapshot-count=many",
			"--tls-min-version=TLS1.4", "--logger=capnslog", "--heartbeat-interval=100", "--election-timeout=10", "--cipher-suites=none",
		},
	}
}

// flagMistakes in one word of a command line; none gives no word.
func flagMistakes(word string) map[string]string {
	name, value, valued := strings.Cut(word, "=")
	out := map[string]string{
		"misspelt flag": name[:len(name)/2] + name[len(name)/2+1:] + strings.TrimPrefix(word, name),
		"removed flag":  "",
		"upper case":    strings.ToUpper(name) + strings.TrimPrefix(word, name),
	}
	if !valued {
		return out
	}
	out["no value"], out["bad value"] = name+"=", name+"="+value+"_X"
	switch {
	case strings.Contains(value, "/"):
		out["no such file"] = name + "=" + value + ".missing"
	case value == "true" || value == "false":
		out["word for a bool"] = name + "=enabled"
	default:
		out["negative"] = name + "=-7"
	}
	return out
}

// MutateArguments makes mistakes in a command line, one in each copy.
func MutateArguments(component string, argv []string, keep func(class, where string) bool) []Mutant {
	var out []Mutant
	for i, word := range argv {
		if i == 0 || !strings.HasPrefix(word, "--") {
			continue
		}
		flag, _, _ := strings.Cut(word, "=")
		instead := flagMistakes(word)
		for _, class := range slices.Sorted(maps.Keys(instead)) {
			instead := instead[class]
			if !keep(class, flag) {
				continue
			}
			changed := slices.Clone(argv)
			changed[i] = instead
			if instead == "" {
				changed = slices.Delete(changed, i, i+1)
			}
			out = append(out, Mutant{Class: class, Where: flag, Argv: changed})
		}
	}
	for _, extra := range extras()[component] {
		if keep("added flag", extra) {
			out = append(out, Mutant{Class: "added flag", Where: extra, Argv: append(slices.Clone(argv), extra)})
		}
	}
	return out
}

// MutateLines makes mistakes in a text that is read line by line.
func MutateLines(text string, keep func(class, where string) bool) []Mutant {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	var out []Mutant
	add := func(class string, i int, instead ...string) {
		if where := fmt.Sprintf("line %d: %s", i+1, strings.TrimSpace(lines[i])); keep(class, where) {
			out = append(out, Mutant{Class: class, Where: where, Text: strings.Join(slices.Concat(lines[:i], instead, lines[i+1:]), "\n") + "\n"})
		}
	}
	for i, line := range lines {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		indent, _, _ := strings.Cut(line, words[0])
		word, rest := words[0], strings.TrimPrefix(strings.TrimSpace(line), words[0])
		add("removed line", i)
		add("unknown line", i, line, indent+"nosuchkeyword 1")
		if len(word) > 2 {
			add("misspelt word", i, indent+word[:len(word)/2]+word[len(word)/2+1:]+rest)
		}
		if len(words) > 1 {
			last := words[len(words)-1]
			add("no value", i, strings.TrimSuffix(line, " "+last))
			add("bad value", i, strings.TrimSuffix(line, last)+last+"_X")
		}
	}
	return out
}
