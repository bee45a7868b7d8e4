package staticpod_test

import (
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/compile/conform/staticpod"
	"github.com/harender/harender/internal/diag"
)

const good = `apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  hostNetwork: true
  dnsPolicy: Default
  initContainers:
  - {name: prepare, image: example.org/prepare:1}
  - {name: beside, image: example.org/beside:1, restartPolicy: Always, startupProbe: {exec: {command: [true]}}}
  containers:
  - name: web
    image: example.org/web:1
    env:
    - {name: EMPTY}
    - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
    ports:
    - {name: http, containerPort: 8080}
    - {name: dns, containerPort: 53, protocol: UDP}
    - {name: dns-tcp, containerPort: 53}
    livenessProbe: {httpGet: {path: /, port: 8080}}
    readinessProbe: {tcpSocket: {port: http}, successThreshold: 2}
    lifecycle: {preStop: {sleep: {seconds: 5}}}
    volumeMounts:
    - {name: data, mountPath: /data, subPath: a/b}
    - {name: info, mountPath: /info}
    - {name: scratch, mountPath: /tmp}
  volumes:
  - {name: data, hostPath: {path: /var/lib/web, type: DirectoryOrCreate}}
  - {name: info, projected: {sources: [{downwardAPI: {items: []}}]}}
  - {name: scratch}
`

// TestCheck changes one thing of a good pod at a time; the pod itself has nothing that is wrong.
func TestCheck(t *testing.T) {
	for _, c := range []struct{ name, from, to, want string }{
		{"good", "", "", ""},
		{"version", "apiVersion: v1", "apiVersion: v2", `apiVersion is "v2"`},
		{"named port", "tcpSocket: {port: http}", "tcpSocket: {port: https}", `asks port "https", and no port is called so`},
		{"no containers", "  containers:\n  - name: web\n", "  containers: []\n  was:\n  - name: web\n", "there is no container"},
		{"directive", "{name: data, mountPath", "{$patch: merge, name: data, mountPath", `directive "$patch"`},
		{"retained keys", "{name: scratch}", "{name: scratch, $retainKeys: [emptyDir]}", `directive "$retainKeys"`},
		{"two sources", "{name: scratch}", "{name: scratch, emptyDir: {}, hostPath: {path: /tmp}}", "volume scratch has 2 sources (emptyDir, hostPath)"},
		{"source taken back", "{name: scratch}", "{name: scratch, emptyDir: {}, hostPath: null}", ""},
		{"same volume", "{name: scratch}", "{name: scratch}\n  - {name: scratch}", "two volumes are called scratch"},
		{"volume name", "{name: scratch}", "{name: Scratch}", `"Scratch" is no name of a volume`},
		{"no volume name", "{name: scratch}", "{emptyDir: {}}", "a volume has no name"},
		{"volume gone", "  - {name: scratch}\n", "", `mounts a volume "scratch"`},
		{"mount gone", "    - {name: scratch, mountPath: /tmp}\n", "", "no container mounts volume scratch"},
		{"same place", "mountPath: /tmp", "mountPath: /info", "mounts two volumes at /info"},
		{"no place", ", mountPath: /tmp", "", "has no mountPath"},
		{"colon", "mountPath: /tmp", "mountPath: '/tmp:ro'", "is no mountPath"},
		{"sub path", "a/b", "../b", "leaves the volume"},
		{"propagation", "mountPath: /tmp", "mountPath: /tmp, mountPropagation: Bidirectional", "must be privileged"},
		{"host path", "/var/lib/web", "/var/../web", "has .."},
		{"no host path", "path: /var/lib/web, ", "", "has no path"},
		{"host path type", "DirectoryOrCreate", "directory", `"directory" is no type`},
		{"two projections", "{downwardAPI: {items: []}}", "{downwardAPI: {items: []}, secret: {name: a}}", "is of two kinds"},
		{"no image", "    image: example.org/web:1\n", "", `container "web" has no image`},
		{"container name", "- name: web", "- name: Web", `"Web" is no name of a container`},
		{"same container", "- name: web", "- name: prepare", "two containers are called prepare"},
		{"variable twice", "{name: NODE, ", "{name: NODE, value: a, ", "has value and valueFrom"},
		{"variable of two", "{fieldRef: ", "{resourceFieldRef: {}, fieldRef: ", "valueFrom of variable NODE of container web has 2 sources"},
		{"port", "containerPort: 8080", "containerPort: 80800", "has a port 80800"},
		{"host port", "containerPort: 8080", "containerPort: 8080, hostPort: 80", "hostPort 80 beside containerPort 8080"},
		{"port name", "name: http,", "name: a-very-long-port-name,", "is no name of a port"},
		{"same port name", "name: dns-tcp", "name: dns", "two ports of container web are called dns"},
		{"port taken", "protocol: UDP", "protocol: TCP", "port 53 of the host is taken twice"},
		{"protocol", "protocol: UDP", "protocol: udp", `"udp" is no protocol`},
		{"two handlers", "{httpGet: {", "{exec: {command: [a]}, httpGet: {", "has 2 handlers (exec, httpGet)"},
		{"no handler", "{httpGet: {path: /, port: 8080}}", "{periodSeconds: 5}", "the livenessProbe of container web has no handler"},
		{"no command", "{exec: {command: [true]}}", "{exec: {}}", "runs no command"},
		{"probe port", "path: /, port: 8080", "path: /, port: 0", "has no port that can be"},
		{"scheme", "path: /,", "path: /, scheme: https,", `"https" is no scheme`},
		{"threshold", "{httpGet: {path: /, port: 8080}}", "{httpGet: {path: /, port: 8080}, successThreshold: 2}", "nothing but 1"},
		{"hook", "{sleep: {seconds: 5}}", "{sleep: {seconds: 5}, exec: {command: [a]}}", "the preStop of container web has 2 handlers"},
		{"init probe", "restartPolicy: Always, ", "", "the init container beside has a startupProbe"},
		{"policy", "dnsPolicy: Default", "dnsPolicy: Host", `"Host" is no dnsPolicy`},
		{"namespaces", "  hostNetwork: true\n", "  hostNetwork: true\n  hostPID: true\n  shareProcessNamespace: true\n", "exclude each other"},
		{"secret", "{name: scratch}", "{name: scratch, secret: {secretName: a}}", "names an object of the API: the secret of volume scratch"},
		{"config map", "{name: scratch}", "{name: scratch, configMap: {name: a}}", "the config map of volume scratch"},
		{"claim", "{name: scratch}", "{name: scratch, persistentVolumeClaim: {claimName: a}}", "the claim of volume scratch"},
		{"token", "{downwardAPI: {items: []}}", "{serviceAccountToken: {path: token}}", "the serviceAccountToken of the projected volume info"},
		{"variable of a secret", "{fieldRef: {fieldPath: spec.nodeName}}", "{secretKeyRef: {name: a, key: b}}", "the secretKeyRef of variable NODE"},
		{"environment of a config map", "    env:\n", "    envFrom: [{configMapRef: {name: a}}]\n    env:\n", "the configMapRef of the environment of container web"},
		{"account", "  dnsPolicy: Default\n", "  serviceAccountName: default\n", `service account "default"`},
		{"pull secret", "  dnsPolicy: Default\n", "  imagePullSecrets: [{name: a}]\n", `pull secret "a"`},
		{"resource claim", "  dnsPolicy: Default\n", "  resourceClaims: [{name: a}]\n", "a resource claim"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.from != "" && !strings.Contains(good, c.from) {
				t.Fatalf("the pod has no %q", c.from)
			}
			expect(t, staticpod.Check(parse(t, strings.Replace(good, c.from, c.to, 1)), staticpod.Kubelet{RefusesReferences: true}), c.want)
		})
	}
}

func expect(t *testing.T, found []staticpod.Finding, want string) {
	t.Helper()
	told := slices.ContainsFunc(found, func(f staticpod.Finding) bool { return strings.Contains(f.Summary, want) })
	if want == "" && len(found) > 0 || want != "" && !told {
		t.Errorf("got %+v, want %q", found, want)
	}
	for _, f := range found {
		if f.Hint == "" || len(f.Words) == 0 {
			t.Errorf("no hint or words: %+v", f)
		}
	}
}

func parse(t *testing.T, text string) any {
	t.Helper()
	var doc any
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestOlderKubelets only warn of references that the API server denies, and know no resource claims at all.
func TestOlderKubelets(t *testing.T) {
	for _, c := range []struct {
		field string
		want  diag.Severity
	}{{"imagePullSecrets: [{name: a}]", diag.Warning}, {"resourceClaims: [{name: a}]", diag.Error}} {
		found := staticpod.Check(parse(t, strings.Replace(good, "dnsPolicy: Default", c.field, 1)), staticpod.Kubelet{})
		if len(found) != 1 || found[0].Severity != c.want {
			t.Errorf("%s: got %+v", c.field, found)
		}
	}
}

// TestOtherDocuments: what is no pod, or nothing at all, is for others to judge.
func TestOtherDocuments(t *testing.T) {
	for _, doc := range []any{nil, "text", []any{1}, map[string]any{"kind": "List"}} {
		expect(t, staticpod.Check(doc, staticpod.Kubelet{}), "")
	}
	staticpod.Check(map[string]any{"kind": "Pod", "spec": map[string]any{"containers": []any{nil, 3}, "volumes": "x"}}, staticpod.Kubelet{})
}
