package cluster

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

const cloudField = diag.Path("spec.cloudProvider")

// inTreeClouds are the providers that were a part of Kubernetes, by the minor of version 1 that had them no more.
func inTreeClouds() map[string]int {
	return map[string]int{"aws": 27, "azure": 30, "cloudstack": 16, "gce": 31, "openstack": 26, "ovirt": 16, "photon": 16, "vsphere": 30}
}

// inTreeCloudsOff is the minor from which on those that were left were off.
const inTreeCloudsOff = 29

func cloudProvider(r *report, s spec.CloudProvider, v Version) CloudProvider {
	kind := oneOf(r, cloudField.Key("kind"), s.Kind, NoCloud, NoCloud, ExternalCloud, InTreeCloud)
	switch {
	case s.Kind == "" && (s.Name != "" || s.Config != "" || s.ConfigFile != ""):
		r.error(cloudField.Key("kind"), "there are settings of a cloud provider, and it is not said which kind it is", "write kind: external")
	case s.Kind == NoCloud && (s.Name != "" || s.Config != "" || s.ConfigFile != ""):
		r.error(cloudField.Key("kind"), "there are settings of a cloud provider, and the kind is none", "remove them, or write kind: external")
	case kind == ExternalCloud && (s.Config != "" || s.ConfigFile != ""):
		r.error(cloudField.Key(configKey(s)), "an external cloud provider reads no configuration from harender",
			"remove it: the provider's own cloud controller manager brings its configuration, in a Secret")
	case kind == InTreeCloud:
		checkInTree(r, s, v)
	}
	return CloudProvider{Kind: kind, Name: s.Name, Config: s.Config, ConfigFile: s.ConfigFile}
}

func configKey(s spec.CloudProvider) string {
	if s.Config != "" {
		return "config"
	}
	return "configFile"
}

func checkInTree(r *report, s spec.CloudProvider, v Version) {
	field := cloudField.Key("name")
	gone, known := inTreeClouds()[s.Name]
	names := slices.Sorted(maps.Keys(inTreeClouds()))
	switch {
	case s.Name == "":
		r.error(field, "kind is inTree, and no provider is named", "write name: one of "+strings.Join(names, ", "))
	case !known:
		r.error(field, "no Kubernetes had the cloud provider "+diag.Quote(s.Name), choose(s.Name, names))
	case v.Minor >= gone:
		r.error(field, "Kubernetes has no cloud provider "+s.Name+" of its own from "+Version{Major: v.Major, Minor: gone}.Series()+" on",
			"write kind: external, and install the provider's own cloud controller manager")
	case v.Minor >= inTreeCloudsOff:
		r.error(field, "cloud providers of Kubernetes itself are off from "+Version{Major: v.Major, Minor: inTreeCloudsOff}.Series()+" on",
			"write kind: external, and install the provider's own cloud controller manager")
	}
	checkCloudConfig(r, s)
}

var (
	cloudSetting = regexp.MustCompile(`([A-Za-z][\w-]*)["']?[ \t]*[:=][ \t]*["']?[^\s"',]`)
	cloudSecret  = regexp.MustCompile(`(?i)(password|passphrase|secret|secret-?key|api-?key|token)$`)
)

func checkCloudConfig(r *report, s spec.CloudProvider) {
	field := cloudField.Key("config")
	if s.Config != "" && s.ConfigFile != "" {
		r.error(cloudField.Key("configFile"), "config and configFile are both given", "remove one of the two")
	}
	if s.ConfigFile != "" && !absolutePath(s.ConfigFile) {
		r.error(cloudField.Key("configFile"), diag.Quote(s.ConfigFile)+" is no path on a node", "write an absolute path without .. and blanks, such as /etc/kubernetes/cloud.conf")
	}
	for _, m := range cloudSetting.FindAllStringSubmatch(s.Config, -1) {
		if cloudSecret.MatchString(m[1]) {
			r.secret(field, "the configuration holds a secret ("+diag.Quote(m[1])+")",
				"lay the file on the nodes by other means, and write its path as configFile")
		}
	}
}

var plainPath = regexp.MustCompile(`^(/[A-Za-z0-9._-]+)+$`)

func absolutePath(s string) bool {
	return plainPath.MatchString(s) && !slices.Contains(strings.Split(s, "/"), "..") && !slices.Contains(strings.Split(s, "/"), ".")
}
