package conform_test

import "testing"

// TestImages: an image of another minor than the flags is found, whatever set it.
func TestImages(t *testing.T) {
	for _, c := range []struct{ program, image, want string }{
		{"kube-apiserver", "registry.k8s.io/kube-apiserver:v1.36.3", ""},
		{"kube-apiserver", "registry.k8s.io/kube-apiserver:v1.36.0-site.1", ""},
		{"kube-apiserver", "localhost:5000/kube-apiserver", ""},
		{"kube-apiserver", "registry.k8s.io/kube-apiserver@sha256:0123012301230123012301230123012301230123012301230123012301230123", ""},
		{"kube-apiserver", "example.org/site/hyperkube:v1.30.0", ""},
		{"kube-apiserver", "registry.k8s.io/kube-apiserver:v1.35.4", "the image of kube-apiserver is of 1.35, and its flags are of 1.36"},
		{"kube-apiserver", "localhost:5000/kube-apiserver:v1.35.4@sha256:0123012301230123012301230123012301230123012301230123012301230123", "the image of kube-apiserver is of 1.35"},
		{"kube-proxy", "registry.k8s.io/kube-proxy:v1.37.0", "the image of kube-proxy is of 1.37"},
		{"kube-apiserver", "registry.k8s.io/kube-controller-manager:v1.36.3", "the image of kube-apiserver is that of kube-controller-manager"},
		{"etcd", "mirror.example.org/kube-apiserver@sha256:0123012301230123012301230123012301230123012301230123012301230123", "the image of etcd is that of kube-apiserver"},
		{"sh", "registry.k8s.io/kube-apiserver:v1.36.3", ""},
		{"etcd", "registry.k8s.io/etcd:3.5.24-0", "the image of etcd is of 3.5, and its flags are of 3.6"},
	} {
		content := "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: " + c.image + "\n    command: [" + c.program + "]\n"
		t.Run(c.image, func(t *testing.T) { expect(t, check("etc/kubernetes/pods/pod.yaml", content), c.want) })
	}
}
