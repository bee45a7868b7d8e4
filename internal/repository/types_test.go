package repository_test

import (
	"bytes"
	"path"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	policyv1beta1 "k8s.io/api/policy/v1beta1"
	rbacv1 "k8s.io/api/rbac/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apiserver/pkg/apis/apiserver"
	apiserverv1 "k8s.io/apiserver/pkg/apis/apiserver/v1"
	apiserverv1alpha1 "k8s.io/apiserver/pkg/apis/apiserver/v1alpha1"
	apiserverv1beta1 "k8s.io/apiserver/pkg/apis/apiserver/v1beta1"
	"k8s.io/apiserver/pkg/apis/audit"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
	auditvalidation "k8s.io/apiserver/pkg/apis/audit/validation"
	clientcmdv1 "k8s.io/client-go/tools/clientcmd/api/v1"
	kubeproxyv1alpha1 "k8s.io/kube-proxy/config/v1alpha1"
	kubeletv1beta1 "k8s.io/kubelet/config/v1beta1"
	podsecurityv1 "k8s.io/pod-security-admission/admission/api/v1"
	"sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/deliver/tree"
)

// published knows every type that a rendered file may have, as Kubernetes publishes it.
func published(t *testing.T) *runtime.Scheme {
	t.Helper()
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, appsv1.AddToScheme, policyv1.AddToScheme, policyv1beta1.AddToScheme, rbacv1.AddToScheme, storagev1.AddToScheme,
		kubeletv1beta1.AddToScheme, kubeproxyv1alpha1.AddToScheme,
		apiserverv1.AddToScheme, apiserverv1alpha1.AddToScheme, apiserverv1beta1.AddToScheme, apiserver.AddToScheme, auditv1.AddToScheme, audit.AddToScheme, podsecurityv1.AddToScheme,
	} {
		if err := add(s); err != nil {
			t.Fatal(err)
		}
	}
	s.AddKnownTypes(schema.GroupVersion{Version: "v1"}, &clientcmdv1.Config{})
	return s
}

// strict decodes as the components do, but refuses what they would pass over: fields that the type has not, and fields
// that are given twice.
func strict(t *testing.T, s *runtime.Scheme, data []byte) runtime.Object {
	t.Helper()
	codecs := serializer.NewCodecFactory(s, serializer.EnableStrict)
	o, kind, err := codecs.UniversalDeserializer().Decode(data, nil, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	if kind.Empty() {
		t.Errorf("no kind:\n%s", data)
	}
	return o
}

// plainText are the rendered files, by pattern, that are no Kubernetes objects; other tests look at them.
func plainText() []string {
	return []string{
		"etc/systemd/system/*.*", "etc/systemd/system-preset/*.preset", "etc/sysusers.d/*.conf", "etc/etcd.env",
		"etc/harender/*.sh", "etc/mdadm.conf.d/harender.conf", "etc/mdadm/mdadm.conf.d/harender.conf",
		"etc/haproxy/haproxy.cfg", "etc/keepalived/keepalived.conf", "etc/keepalived/check-apiservers", "etc/kubernetes/kubelet.env",
		"etc/kubernetes/etcd-members",
		"etc/systemd/system/*.service", "etc/systemd/system/*.service.d/20-harender.conf", "etc/tmpfiles.d/harender-*.conf",
		"etc/sysctl.d/9?-harender*.conf", "etc/modules-load.d/harender-*.conf",
		"etc/modules-load.d/90-harender.conf", "etc/kubernetes/cloud.conf",
		// Those of the golden cluster layers.
		"etc/motd", "etc/chrony/sources.d/site.sources",
	}
}

// checkTypes decodes every rendered object strictly into the published type of its apiVersion and kind.
func checkTypes(t *testing.T, c compile.Compiled) {
	s := published(t)
	for _, pattern := range []string{"etc/*/*", "etc/*/*/*", "etc/*/*/*/*", "srv/*/*", "var/*/*/*"} {
		distinct(t, c, pattern, func(t *testing.T, n plan.Node, f tree.File) {
			isText := slices.ContainsFunc(plainText(), func(p string) bool { ok, _ := path.Match(p, f.Path); return ok })
			if isText {
				return
			}
			for _, document := range documents(f) {
				checkObject(t, s, n, f, strict(t, s, today(document)))
			}
		})
	}
	for _, f := range c.Rendered.Shared.Addons {
		if f.Path != "kustomization.yaml" {
			checkAddon(t, s, strict(t, s, f.Content.Bytes()))
		}
	}
}

// today names the version of today for one that is no longer published. The fields that we use were the same, but for
// kube-proxy's gates, which were a text before 1.10.
func today(data []byte) []byte {
	data = bytes.Replace(data, []byte("featureGates: \"SupportIPVSProxyMode=true\"\n"), []byte("featureGates: {SupportIPVSProxyMode: true}\n"), 1)
	return bytes.Replace(data, []byte("apiVersion: audit.k8s.io/v1beta1\n"), []byte("apiVersion: audit.k8s.io/v1\n"), 1)
}

// checkAddon looks into the ConfigMap whose texts are objects of their own.
func checkAddon(t *testing.T, s *runtime.Scheme, o runtime.Object) {
	t.Helper()
	m, ok := o.(*corev1.ConfigMap)
	if !ok || m.Name != "kube-proxy" {
		return
	}
	if _, ok := strict(t, s, today([]byte(m.Data["config.conf"]))).(*kubeproxyv1alpha1.KubeProxyConfiguration); !ok {
		t.Errorf("no configuration of kube-proxy:\n%s", m.Data["config.conf"])
	}
	if _, ok := strict(t, s, []byte(m.Data["kubeconfig.conf"])).(*clientcmdv1.Config); !ok {
		t.Errorf("no kubeconfig:\n%s", m.Data["kubeconfig.conf"])
	}
}

// documents of a file. kubeadm's own kinds are published in no module of their own: kubeadm itself judges them.
func documents(f tree.File) [][]byte {
	all := bytes.Split(f.Content.Bytes(), []byte("---\n"))
	return slices.DeleteFunc(all, func(d []byte) bool { return bytes.Contains(d, []byte("apiVersion: kubeadm.k8s.io/")) })
}

// checkObject looks further at what has rules of its own.
func checkObject(t *testing.T, s *runtime.Scheme, n plan.Node, f tree.File, o runtime.Object) {
	t.Helper()
	switch o := o.(type) {
	case *corev1.Pod:
		checkStaticPod(t, n, f, o)
	case *auditv1.Policy:
		var internal audit.Policy
		if err := s.Convert(o, &internal, nil); err != nil {
			t.Fatal(err)
		}
		if errs := auditvalidation.ValidatePolicy(&internal); len(errs) > 0 {
			t.Error(errs.ToAggregate())
		}
	case *apiserverv1.AdmissionConfiguration:
		checkAdmission(t, s, o)
	}
}

// checkStaticPod holds for every static pod, a user's own too: a pod that the kubelet evicts, or whose host path may be
// of any kind, is no part of a control plane.
func checkStaticPod(t *testing.T, n plan.Node, f tree.File, p *corev1.Pod) {
	t.Helper()
	if want := manifests + p.Name + ".yaml"; f.Path != want {
		t.Errorf("pod %s lies in %s", p.Name, f.Path)
	}
	if p.Namespace != "kube-system" || !p.Spec.HostNetwork || !critical(n.Cluster.Version, p) {
		t.Errorf("namespace %q, host network %v, priority class %q", p.Namespace, p.Spec.HostNetwork, p.Spec.PriorityClassName)
	}
	mounted := map[string]bool{}
	for _, c := range p.Spec.Containers {
		for _, m := range c.VolumeMounts {
			mounted[m.Name] = true
		}
	}
	for _, v := range p.Spec.Volumes {
		if v.HostPath != nil && (v.HostPath.Type == nil || *v.HostPath.Type == corev1.HostPathUnset) {
			t.Errorf("volume %s has a host path of no type", v.Name)
		}
		if !mounted[v.Name] {
			t.Errorf("volume %s is not mounted", v.Name)
		}
	}
}

// critical is by priority class or, where a kubelet refuses one because its gate is off, by the annotation of then.
func critical(v cluster.Version, p *corev1.Pod) bool {
	if v.Before(11) {
		mark, marked := p.Annotations["scheduler.alpha.kubernetes.io/critical-pod"]
		return marked && mark == "" && p.Spec.PriorityClassName == ""
	}
	return p.Spec.PriorityClassName == "system-node-critical"
}

// eventRateLimit has the fields of eventratelimit.admission.k8s.io/v1alpha1, which lies in k8s.io/kubernetes itself.
type eventRateLimit struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Limits     []struct {
		Type      string `json:"type"`
		QPS       int32  `json:"qps"`
		Burst     int32  `json:"burst"`
		CacheSize int32  `json:"cacheSize"`
	} `json:"limits"`
}

func checkAdmission(t *testing.T, s *runtime.Scheme, c *apiserverv1.AdmissionConfiguration) {
	t.Helper()
	for _, p := range c.Plugins {
		if p.Name != "EventRateLimit" {
			strict(t, s, p.Configuration.Raw)
			continue
		}
		var limits eventRateLimit
		if err := yaml.UnmarshalStrict(p.Configuration.Raw, &limits); err != nil {
			t.Error(err)
		}
		types := []string{"Server", "Namespace", "User", "SourceAndObject"}
		for _, l := range limits.Limits {
			if l.QPS <= 0 || l.Burst <= 0 || !slices.Contains(types, l.Type) {
				t.Errorf("limit %+v", l)
			}
		}
	}
}
