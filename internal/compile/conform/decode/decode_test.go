package decode_test

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile/conform/decode"
	"github.com/harender/harender/internal/compile/release"
)

func TestDocument(t *testing.T) {
	facts, _ := release.ReadFacts(harender.Assets, "1.36")
	const (
		pod     = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {"
		kubelet = "{apiVersion: kubelet.config.k8s.io/v1beta1, kind: KubeletConfiguration, "
	)
	for _, c := range []struct{ doc, want string }{
		{kubelet + "maxPods: 110, podPidsLimit: 4096, syncFrequency: 1m, failSwapOn: false}", ""},
		{kubelet + "MaxPods: 60}", "MaxPods: no such field"},
		{kubelet + "podPidsLimit: '4096'}", "podPidsLimit: a whole number"},
		{kubelet + "maxPods: 1.5}", "maxPods: a whole number"},
		{kubelet + "maxPods: 1e2}", ""},
		{kubelet + "maxPods: 4294967296}", "maxPods: a whole number"},
		{kubelet + "maxPods: null}", ""},
		{kubelet + "syncFrequency: 60}", "syncFrequency: a duration such as 30s"},
		{kubelet + "syncFrequency: 1d}", "syncFrequency: a duration such as 30s"},
		{kubelet + "clusterDNS: 10.96.0.10}", "clusterDNS: a list"},
		{kubelet + "evictionHard: [a]}", "evictionHard: a mapping"},
		{kubelet + "evictionHard: {memory.available: 5}}", "evictionHard[memory.available]: a string"},
		{kubelet + "memorySwap: {swapbehavior: NoSwap}}", "memorySwap.swapbehavior: no such field"},
		{kubelet + "logging: {flushFrequency: 5}}", ""},
		{pod + "containers: [{name: a, image: b, ports: [{containerPort: 80, hostPort: '80'}]}]}}", "spec.containers[0].ports[0].hostPort: a whole number"},
		{pod + "restartPolicy: always}}", "spec.restartPolicy: Always, OnFailure or Never"},
		{pod + "containers: [{livenessProbe: {httpGet: {port: https}}}, {livenessProbe: {httpGet: {port: 443}}}]}}", ""},
		{pod + "containers: [{livenessProbe: {httpGet: {port: [1]}}}]}}", "spec.containers[0].livenessProbe.httpGet.port: a whole number or a string"},
		{pod + "containers: [{resources: {limits: {memory: 64MB, cpu: 1}}}]}}", "spec.containers[0].resources.limits[memory]: a quantity such as 64Mi"},
		{"{apiVersion: v1, kind: Secret, data: {a: '%'}}", "data[a]: base64"},
		{"{apiVersion: v1, kind: ConfigMap, data: {1: b}}", ""},
		{"{apiVersion: v1, kind: ConfigMap, data: {a: 1}}", "data[a]: a string"},
		{"{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: ConfigMap, Data: {}}]}", "Data: no such field"},
		{"{apiVersion: example.org/v1, kind: Pod, spek: {}}", ""},
		{
			"{apiVersion: apiserver.config.k8s.io/v1, kind: AdmissionConfiguration, plugins: [{name: PodSecurity, configuration: " +
				"{apiVersion: pod-security.admission.config.k8s.io/v1, kind: PodSecurityConfiguration, exemptions: {namespace: [a]}}}]}",
			"exemptions.namespace: no such field",
		},
		{
			"{apiVersion: apiserver.config.k8s.io/v1, kind: AdmissionConfiguration, plugins: [{name: ImagePolicyWebhook, configuration: {imagePolicy: {allowTTL: 5s}}}]}",
			"plugins[0].configuration.imagePolicy.allowTTL: a whole number",
		},
		{"{apiVersion: apiserver.config.k8s.io/v1, kind: AuthenticationConfiguration, jwt: [{issuer: {audience: [a]}}]}", "jwt[0].issuer.audience: no such field"},
		{"{apiVersion: v1, kind: Config, clusters: [{name: a, cluster: {Server: b}}]}", "clusters[0].cluster.Server: no such field"},
		{"{apiVersion: kubeadm.k8s.io/v1beta4, kind: ClusterConfiguration, apiServer: {extraArgs: {a: b}}}", "apiServer.extraArgs: a list"},
	} {
		var doc any
		if err := yaml.Unmarshal([]byte(c.doc), &doc); err != nil {
			t.Fatal(c.doc, err)
		}
		var got []string
		for _, m := range decode.Document(facts.Types, doc) {
			takes := m.Takes
			if takes == "" {
				takes = "no such field"
			}
			got = append(got, m.Path+": "+takes)
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("%s:\ngot %q, want %q", c.doc, got, c.want)
		}
	}
}

// TestSecret: what may be secret is not repeated.
func TestSecret(t *testing.T) {
	facts, _ := release.ReadFacts(harender.Assets, "1.36")
	doc := map[string]any{"apiVersion": "v1", "kind": "Secret", "data": map[string]any{"a": "not base64!"}, "stringData": map[string]any{"pin": 1234}}
	for _, m := range decode.Document(facts.Types, doc) {
		if strings.Contains(m.Got, "base64!") || strings.Contains(m.Got, "1234") {
			t.Errorf("told: %s", m.Got)
		}
	}
}
