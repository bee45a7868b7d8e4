package cluster

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

const autoscalerField = diag.Path("spec.clusterAutoscaler")

// autoscalerClouds are the providers that cluster-autoscaler is built with (cluster-autoscaler/cloudprovider/cloud_provider.go).
func autoscalerClouds() []string {
	return []string{
		"alicloud", "aws", "azure", "baiducloud", "bizflycloud", "brightbox", "cherryservers", "civo", "cloudstack", "clusterapi", "coreweave",
		"digitalocean", "equinixmetal", "exoscale", "externalgrpc", "gce", "hetzner", "huaweicloud", "ionoscloud", "kamatera", "kwok", "linode",
		"magnum", "oci", "ovhcloud", "packet", "rancher", "scaleway", "tencentcloud", "utho", "volcengine", "vultr",
	}
}

// expanders of cluster-autoscaler (cluster-autoscaler/expander/expander.go).
func expanders() []string {
	return []string{"random", "most-pods", "least-waste", "least-nodes", "price", "priority", "grpc"}
}

// discoverers say by which rules each provider finds its node groups.
func discoverers() map[string]string {
	return map[string]string{"aws": "asg:tag=", "azure": "label:", "clusterapi": "clusterapi:", "gce": "mig:namePrefix=", "magnum": "magnum:role="}
}

func clusterAutoscaler(r *report, s spec.ClusterAutoscaler, c Cluster) Autoscaler {
	if s.CloudProvider == "" {
		return Autoscaler{}
	}
	if !slices.Contains(autoscalerClouds(), s.CloudProvider) {
		r.error(autoscalerField.Key("cloudProvider"), "cluster-autoscaler has no provider "+diag.Quote(s.CloudProvider), choose(s.CloudProvider, autoscalerClouds()))
	}
	out := Autoscaler{
		CloudProvider: s.CloudProvider, NodeGroups: nodeGroups(r, s.NodeGroups), AutoDiscovery: autoDiscovery(r, s),
		Expander: expander(r, s.Expander), Replicas: autoscalerReplicas(r, s.Replicas, c), Image: autoscalerImage(r, s.Image),
		ConfigSecret: objectName(r, autoscalerField.Key("cloudConfig").Key("secret"), s.CloudConfig.Secret),
		Env:          autoscalerEnv(r, s.Env), EnvSecret: objectName(r, autoscalerField.Key("envSecret"), s.EnvSecret),
		Args: plainArgs(s.ExtraArgs),
	}
	if out.ConfigSecret != "" {
		out.ConfigKey = cmp.Or(s.CloudConfig.Key, "cloud.conf")
		if problems := validation.IsConfigMapKey(out.ConfigKey); len(problems) > 0 {
			r.error(autoscalerField.Key("cloudConfig").Key("key"), diag.Quote(out.ConfigKey)+" is no key of a Secret", "use letters, digits, -, _ and .")
		}
	}
	for _, flag := range slices.Sorted(maps.Keys(s.ExtraArgs)) {
		checkFlag(r, autoscalerField.Key("extraArgs").Key(flag), flag, s.ExtraArgs[flag])
	}
	checkElected(r, autoscalerField.Key("extraArgs"), "cluster-autoscaler", c.LeaderElection, out.Args, out.Replicas)
	return out
}

func nodeGroups(r *report, s []spec.NodeGroup) []NodeGroup {
	const field = autoscalerField + ".nodeGroups"
	var out []NodeGroup
	for i, g := range s {
		at := field.Index(i)
		group := NodeGroup{Name: g.Name, Max: g.Max}
		if g.Min != nil {
			group.Min = *g.Min
		}
		switch {
		case g.Name == "" || strings.ContainsFunc(g.Name, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }):
			r.error(at.Key("name"), diag.Quote(g.Name)+" is no name of a node group", "write the name that the provider has for it, without blanks")
		case slices.ContainsFunc(out, func(o NodeGroup) bool { return o.Name == g.Name }):
			r.error(at.Key("name"), "the node group "+diag.Quote(g.Name)+" is given twice", "remove one of the two")
		}
		switch {
		case group.Min < 0:
			r.error(at.Key("min"), fmt.Sprintf("%d is no number of nodes", group.Min), "write a number from 0 on")
		case group.Max < 1:
			r.error(at.Key("max"), fmt.Sprintf("%d is no number of nodes", group.Max), "write a number from 1 on")
		case group.Min > group.Max:
			r.error(at.Key("min"), fmt.Sprintf("min (%d) is more than max (%d)", group.Min, group.Max), "make max the larger one")
		}
		out = append(out, group)
	}
	return out
}

func autoDiscovery(r *report, s spec.ClusterAutoscaler) []string {
	field := autoscalerField.Key("autoDiscovery")
	if len(s.AutoDiscovery) == 0 && len(s.NodeGroups) == 0 {
		r.error(autoscalerField, "cluster-autoscaler knows no node group", "name them in nodeGroups, or write a rule in autoDiscovery that finds them")
	}
	prefix, knows := discoverers()[s.CloudProvider]
	for i, rule := range s.AutoDiscovery {
		switch {
		case !knows && slices.Contains(autoscalerClouds(), s.CloudProvider):
			r.error(field.Index(i), "the provider "+s.CloudProvider+" finds no node groups by itself", "name them in nodeGroups")
		case knows && (!strings.HasPrefix(rule, prefix) || strings.ContainsFunc(rule, unicode.IsSpace)):
			r.error(field.Index(i), diag.Quote(rule)+" is no rule by which "+s.CloudProvider+" finds node groups", "begin it with "+prefix+", and write no blanks")
		}
	}
	return s.AutoDiscovery
}

func expander(r *report, s string) string {
	if s == "" {
		return "least-waste"
	}
	for name := range strings.SplitSeq(s, ",") {
		if !slices.Contains(expanders(), name) {
			r.error(autoscalerField.Key("expander"), "cluster-autoscaler has no expander "+diag.Quote(name), choose(name, expanders()))
		}
	}
	return s
}

const maxAutoscalers = 10

// autoscalerReplicas: one acts, and another is ready where there is a second host for it.
func autoscalerReplicas(r *report, n int, c Cluster) int {
	switch {
	case n == 0:
		return min(2, max(1, len(withRole(c.Nodes, RoleControlPlane))))
	case n < 1 || n > maxAutoscalers:
		r.error(autoscalerField.Key("replicas"), fmt.Sprintf("%d is no number of replicas", n), fmt.Sprintf("write a number from 1 to %d", maxAutoscalers))
	}
	return n
}

var imageName = regexp.MustCompile(`^[a-z0-9][a-zA-Z0-9._:/@-]*[a-zA-Z0-9]$`)

func autoscalerImage(r *report, s string) string {
	if s != "" && (!imageName.MatchString(s) || !strings.Contains(s, "/")) {
		r.error(autoscalerField.Key("image"), diag.Quote(s)+" is no name of an image", "write REGISTRY/PATH:TAG")
	}
	return s
}

var (
	envName   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	envSecret = regexp.MustCompile(`(?i)(password|passphrase|secret|secret_access_key|secret_key|api_key|token)$`)
)

// autoscalerEnv refuses secrets, which would stand in the clear in the repository and in the cluster.
func autoscalerEnv(r *report, s map[string]string) map[string]string {
	for _, name := range slices.Sorted(maps.Keys(s)) {
		at := autoscalerField.Key("env").Key(name)
		switch {
		case !envName.MatchString(name):
			r.error(at, diag.Quote(name)+" is no name of a variable", "use letters, digits and _, and begin with a letter")
		case envSecret.MatchString(name):
			r.secret(at, name+" is a secret", "put it in a Secret of kube-system, and write the Secret's name as envSecret")
		}
	}
	return s
}

// objectName is the name of an object of the cluster, or nothing.
func objectName(r *report, field diag.Path, name string) string {
	if name != "" && len(validation.IsDNS1123Subdomain(name)) > 0 {
		r.error(field, diag.Quote(name)+" is no name of an object", "use lower case letters, digits, - and ., beginning and ending with a letter or digit")
	}
	return name
}
