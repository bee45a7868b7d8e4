package conform

import (
	"fmt"
	"maps"
	"regexp"
	"strings"

	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
)

// doors are the plugins by which CoreDNS says how it is, by the path that a probe asks for, and their ports (plugin/health,
// plugin/ready).
func doors() map[string]struct {
	plugin string
	port   int
} {
	return map[string]struct {
		plugin string
		port   int
	}{"/health": {"health", 8080}, "/ready": {"ready", 8181}}
}

// deafDNS finds probes of CoreDNS that ask where its Corefile has nothing listen.
func deafDNS(addons []tree.File) []problem {
	var corefile string
	var containers []any
	for _, f := range addons {
		if !judgeable(f) {
			continue
		}
		for _, doc := range documents(f.Content.Bytes()) {
			o, _ := doc.(object)
			meta, _ := o["metadata"].(object)
			switch data, _ := o["data"].(object); {
			case text(meta["name"]) != "coredns":
			case text(o["kind"]) == "ConfigMap":
				corefile = text(data["Corefile"])
			case text(o["kind"]) == "Deployment":
				spec, _ := o["spec"].(object)
				template, _ := spec["template"].(object)
				pod, _ := template["spec"].(object)
				list, _ := pod["containers"].([]any)
				containers = append(containers, list...)
			}
		}
	}
	var out []problem
	for _, element := range containers {
		if c, _ := element.(object); corefile != "" && text(c["name"]) == "coredns" {
			out = append(out, deafCoreDNS(c, corefile)...)
		}
	}
	return out
}

func deafCoreDNS(c object, corefile string) []problem {
	var out []problem
	for _, probe := range []string{"livenessProbe", "readinessProbe"} {
		o, _ := c[probe].(object)
		get, _ := o["httpGet"].(object)
		door, known := doors()[text(get["path"])]
		port, number := get["port"].(int)
		if !known || !number {
			continue
		}
		at, given := doorIn(corefile, door.plugin, door.port)
		if given && at == port {
			continue
		}
		hint := fmt.Sprintf("write %s without an address, or patch the port of the probe too", door.plugin)
		if !given {
			hint = "add the plugin " + door.plugin + " to the Corefile"
		}
		out = append(out, problem{
			subject: subject{table: pairTable, component: "coredns"}, words: []string{door.plugin},
			finding: diag.Diagnostic{Summary: fmt.Sprintf("the %s of CoreDNS asks port %d, where its Corefile has nothing listen", probe, port), Hint: hint},
		})
	}
	return out
}

// doorIn is the port of a plugin in a Corefile.
func doorIn(corefile, plugin string, port int) (int, bool) {
	for line := range strings.SplitSeq(corefile, "\n") {
		words := strings.Fields(strings.TrimSuffix(strings.TrimSpace(line), "{"))
		if len(words) == 0 || words[0] != plugin {
			continue
		}
		if len(words) > 1 {
			_, port = hostPort(words[1], "", port)
		}
		return port, true
	}
	return 0, false
}

var coreImage = regexp.MustCompile(`/coredns:v?(\d+\.\d+\.\d+)(?:["'@\s]|$)`)

// coreVersion is that of the CoreDNS which the addons deploy, or nothing: an image of another name may have plugins of its own,
// and two versions may read one file.
func coreVersion(addons []tree.File) string {
	var version string
	for _, f := range addons {
		for _, m := range coreImage.FindAllSubmatch(f.Content.Bytes(), -1) {
			found := string(m[1])
			if version != "" && version != found {
				return ""
			}
			version = found
		}
	}
	return version
}

// reading judges a Corefile as a version of CoreDNS reads it, of those that the words are from.
func (j checker) reading(version string) checker {
	words := j.words["coredns"]
	words.Version = version
	j.words = maps.Clone(j.words)
	j.words["coredns"] = words
	return j
}
