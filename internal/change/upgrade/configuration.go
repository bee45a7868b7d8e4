package upgrade

import (
	"regexp"
	"strings"

	"github.com/harender/harender/internal/compile/release"
)

// configurations are where a component's file may lie, on a node or among the addons.
func configurations(component string) []string {
	switch component {
	case "kubelet":
		return []string{"var/lib/kubelet/config.yaml"}
	case "kube-proxy":
		return []string{"etc/kubernetes/kube-proxy/config.yaml", "configmap-kube-proxy.yaml"}
	}
	return nil
}

// matters reports whether the configuration lets a fact apply. Without a file, nothing is known of the component.
func matters(f release.Fact, old, now Files) bool {
	was, _ := value(f, old)
	is, there := value(f, now)
	switch {
	case !there:
		return false
	case f.Becomes != "":
		return is == f.Becomes && was != f.Becomes
	}
	return f.Unless == "" || is != f.Unless
}

// value of the field in the component's file; there is one in each text that is a file inside of a ConfigMap, too.
func value(f release.Fact, files Files) (text string, there bool) {
	for _, path := range configurations(f.Component) {
		content := files(path)
		if content == nil {
			continue
		}
		field := regexp.MustCompile(`(?m)^\s*` + regexp.QuoteMeta(f.Field) + `:\s*(.*?)\s*$`)
		if m := field.FindSubmatch(content); m != nil {
			return strings.Trim(string(m[1]), `"'`), true
		}
		return "", true
	}
	return "", false
}
