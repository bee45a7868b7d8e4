package conform

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
)

// reading is what a program makes of a file that a flag names.
type reading struct {
	// kinds that it takes, in these groups.
	kinds, groups []string
	// needs are the fields that it cannot do without; without others, a file is taken for what is wanted.
	needs []string
	// empty: such a file is taken too.
	empty bool
}

// readings of the flags, as the programs decode their files (cmd/*/app/options and pkg/*/apis/config of Kubernetes, the loaders
// of k8s.io/apiserver, and clientcmd of k8s.io/client-go); a kube-apiserver 1.36.3 was asked about each.
func readings() map[string]map[string]reading {
	ofServer := func(kind string) reading {
		return reading{kinds: []string{kind}, groups: []string{"apiserver.config.k8s.io", "apiserver.k8s.io"}, needs: typeFields()}
	}
	of := func(kind, group string, needs ...string) reading {
		return reading{kinds: []string{kind}, groups: []string{group}, needs: needs}
	}
	tracing := ofServer("TracingConfiguration")
	tracing.needs, tracing.empty = nil, true
	kubeconfig := of("Config", "v1")
	encryption := ofServer("EncryptionConfiguration")
	encryption.kinds, encryption.groups = append(encryption.kinds, "EncryptionConfig"), append(encryption.groups, "v1")
	return map[string]map[string]reading{
		apiserver: {
			"admission-control-config-file":            ofServer("AdmissionConfiguration"),
			"audit-policy-file":                        of("Policy", "audit.k8s.io", "apiVersion"),
			"authentication-config":                    ofServer("AuthenticationConfiguration"),
			"authorization-config":                     ofServer("AuthorizationConfiguration"),
			"egress-selector-config-file":              ofServer("EgressSelectorConfiguration"),
			"encryption-provider-config":               encryption,
			"tracing-config-file":                      tracing,
			"audit-webhook-config-file":                kubeconfig,
			"authentication-token-webhook-config-file": kubeconfig,
			"authorization-webhook-config-file":        kubeconfig,
		},
		"kube-controller-manager": {
			"kubeconfig": kubeconfig, "authentication-kubeconfig": kubeconfig, "authorization-kubeconfig": kubeconfig,
			"leader-migration-config": of("LeaderMigrationConfiguration", "controllermanager.config.k8s.io", typeFields()...),
		},
		"kube-scheduler": {
			"kubeconfig": kubeconfig, "authentication-kubeconfig": kubeconfig, "authorization-kubeconfig": kubeconfig,
			"config": of("KubeSchedulerConfiguration", "kubescheduler.config.k8s.io", typeFields()...),
		},
		"kube-proxy": {
			"kubeconfig": kubeconfig, "config": of("KubeProxyConfiguration", "kubeproxy.config.k8s.io", typeFields()...),
		},
		"kubelet": {
			"kubeconfig": kubeconfig, "bootstrap-kubeconfig": kubeconfig,
			"config":                           of("KubeletConfiguration", "kubelet.config.k8s.io", typeFields()...),
			"image-credential-provider-config": of("CredentialProviderConfig", "kubelet.config.k8s.io", typeFields()...),
		},
	}
}

func typeFields() []string { return []string{"apiVersion", "kind"} }

// called is how a message says what is wanted.
func (r reading) called() string {
	if r.kinds[0] == "Config" {
		return "a kubeconfig"
	}
	if strings.ContainsAny(r.kinds[0][:1], "AEIO") {
		return "an " + r.kinds[0]
	}
	return "a " + r.kinds[0]
}

// read judges a file that a use names, as the program decodes it: of which kind it is, and whether it is YAML at all.
func (u pathUse) read(f tree.File) []diag.Diagnostic {
	r, known := readings()[u.program][strings.ReplaceAll(u.flag, "_", "-")]
	if !known || u.within != "" {
		return nil
	}
	name := "/" + f.Path
	first, several, err := firstDocument(f.Content.Bytes())
	var d diag.Diagnostic
	o, isObject := first.(object)
	switch {
	case err != nil:
		d = diag.Diagnostic{Summary: name + " is not YAML", Detail: err.Error(), Hint: "mend it: " + u.program + " does not start with it"}
	case first == nil && r.empty:
	case first == nil:
		d = diag.Diagnostic{Summary: name + " is empty, and " + r.called() + " is wanted there", Hint: r.hint()}
	case !isObject:
		d = diag.Diagnostic{Summary: name + " is no mapping, and " + r.called() + " is wanted there", Hint: r.hint()}
	case r.legacy(o):
	default:
		d.Summary, d.Hint = r.misfit(name, o)
	}
	var out []diag.Diagnostic
	if d.Summary != "" {
		out = append(out, d)
	}
	if several {
		out = append(out, diag.Diagnostic{
			Severity: diag.Warning, Summary: name + " has several documents, and " + u.program + " reads the first alone",
			Hint: "remove the others, or put what they say into the first",
		})
	}
	for i := range out {
		out[i].Detail = strings.TrimSpace(out[i].Detail + "\n" + u.name() + " names it.")
	}
	return out
}

// legacy: a file of these fields was the configuration of a plugin before there was a kind for it, and still is
// (ReadAdmissionConfiguration of k8s.io/apiserver).
func (r reading) legacy(o object) bool {
	return r.kinds[0] == "AdmissionConfiguration" && (o["imagePolicy"] != nil || o["podNodeSelectorPluginConfig"] != nil)
}

func (r reading) hint() string {
	if r.kinds[0] == "Config" {
		return "write clusters, users, contexts and current-context"
	}
	return "write apiVersion (of " + r.groups[0] + ") and kind: " + r.kinds[0]
}

// misfit is what is wrong with the kind of an object, and what to do about it.
func (r reading) misfit(name string, o object) (summary, hint string) {
	kind, apiVersion := text(o["kind"]), text(o["apiVersion"])
	var missing []string
	for _, key := range r.needs {
		if text(o[key]) == "" {
			missing = append(missing, key)
		}
	}
	wrongKind := kind != "" && !slices.Contains(r.kinds, kind)
	switch {
	case wrongKind && diag.Nearest(kind, r.kinds) != "":
		return fmt.Sprintf("%s is of kind %s, and %s is wanted there", name, diag.Quote(kind), r.called()), "did you mean kind: " + diag.Nearest(kind, r.kinds) + "?"
	case wrongKind:
		return fmt.Sprintf("%s is of kind %s, and %s is wanted there", name, diag.Quote(kind), r.called()), "name the file that the flag wants; " + r.hint() + " in it"
	// Of others, their versions are known.
	case apiVersion != "" && (kind == "Policy" || kind == "Config") && !slices.Contains(r.groups, groupOf(apiVersion)):
		return fmt.Sprintf("%s has the apiVersion %s, which %s has not", name, diag.Quote(apiVersion), r.called()), r.hint()
	case len(missing) > 0:
		return name + " has no " + strings.Join(missing, " and no "), r.hint()
	}
	return "", ""
}

// firstDocument is what the components read of a text: they stop there. Comments are none.
func firstDocument(text []byte) (first any, several bool, err error) {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var node, next yaml.Node
	if err := dec.Decode(&node); errors.Is(err, io.EOF) {
		return nil, false, nil
	} else if err != nil {
		return nil, false, err
	}
	left := maxExpanded
	if !fitsExpanded(&node, &left) {
		return nil, false, errors.New("its aliases stand for more than anybody reads")
	}
	if err := node.Decode(&first); err != nil {
		return nil, false, err
	}
	err = dec.Decode(&next)
	return first, err == nil && !next.IsZero() || err != nil && !errors.Is(err, io.EOF), nil
}
