package conform

import (
	"path"
	"strings"

	"github.com/harender/harender/internal/deliver/tree"
)

// filePaths are the paths in a file of configuration, as its reader sees them.
func filePaths(u pathUse, f tree.File) []pathUse {
	var out []pathUse
	if strings.HasSuffix(f.Path, "haproxy.cfg") {
		for _, at := range balancerFiles(string(f.Content.Bytes())) {
			out = append(out, pathUse{program: u.program, flag: at.flag, path: at.path, within: "/" + f.Path})
		}
		return out
	}
	for _, doc := range documents(f.Content.Bytes()) {
		o, _ := doc.(object)
		for _, p := range documentPaths(o) {
			// A relative path starts at the file's folder, as kubectl and the components have it.
			if !path.IsAbs(p.path) {
				p.path = path.Join(path.Dir(u.path), p.path)
			}
			p.program, p.within = u.program, "/"+f.Path
			out = append(out, p)
		}
	}
	return out
}

// settings that are paths, by the kind of the document. Elements of lists are looked at one by one.
func settings() map[string][][]string {
	return map[string][][]string{
		"Config": {
			{"clusters", "cluster", "certificate-authority"}, {"users", "user", "client-certificate"}, {"users", "user", "client-key"}, {"users", "user", "tokenFile"},
		},
		"KubeletConfiguration": {
			{"authentication", "x509", "clientCAFile"}, {"tlsCertFile"}, {"tlsPrivateKeyFile"},
		},
		"KubeProxyConfiguration":     {{"clientConnection", "kubeconfig"}},
		"KubeSchedulerConfiguration": {{"clientConnection", "kubeconfig"}},
		"AdmissionConfiguration":     {{"plugins", "path"}, {"plugins", "configuration", "kubeConfigFile"}, {"plugins", "configuration", "imagePolicy", "kubeConfigFile"}},
		"AuthorizationConfiguration": {{"authorizers", "webhook", "connectionInfo", "kubeConfigFile"}},
		"EgressSelectorConfiguration": {
			{"egressSelections", "connection", "transport", "tcp", "tlsConfig", "caBundle"}, {"egressSelections", "connection", "transport", "tcp", "tlsConfig", "clientCert"},
			{"egressSelections", "connection", "transport", "tcp", "tlsConfig", "clientKey"},
		},
	}
}

func documentPaths(o object) []pathUse {
	var out []pathUse
	for _, steps := range settings()[text(o["kind"])] {
		for _, value := range valuesAt(o, steps) {
			if value != "" {
				out = append(out, pathUse{flag: strings.Join(steps, "."), path: value})
			}
		}
	}
	return out
}

// valuesAt are the texts at a path of fields, in all elements of the lists on the way.
func valuesAt(v any, steps []string) []string {
	switch v := v.(type) {
	case []any:
		var out []string
		for _, element := range v {
			out = append(out, valuesAt(element, steps)...)
		}
		return out
	case object:
		if len(steps) > 0 {
			return valuesAt(v[steps[0]], steps[1:])
		}
	case string:
		if len(steps) == 0 {
			return []string{v}
		}
	}
	return nil
}

// balancerFiles are the files that haproxy's configuration names by an absolute path.
func balancerFiles(config string) []pathUse {
	var out []pathUse
	for line := range strings.SplitSeq(config, "\n") {
		words := strings.Fields(line)
		for i := 0; i+1 < len(words); i++ {
			switch words[i] {
			case "ca-file", "crt", "crl-file", "errorfile":
				if at := words[i+1]; strings.HasPrefix(at, "/") {
					out = append(out, pathUse{flag: words[i], path: at})
				}
			}
		}
	}
	return out
}
