package repository_test

import (
	"path"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	clientcmdv1 "k8s.io/client-go/tools/clientcmd/api/v1"
	"sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/compile"
)

// checkReferences follows every path that a rendered file names: it must be on the node and, for a pod, mounted.
func checkReferences(t *testing.T, c compile.Compiled) {
	for _, m := range machines(t, c) {
		for name, p := range m.pods {
			for _, v := range p.Spec.Volumes {
				if v.HostPath != nil && !m.offers(v.HostPath.Path, *v.HostPath.Type) {
					t.Errorf("%s: pod %s mounts %s, which the node has not", m.Cluster.Name, name, v.HostPath.Path)
				}
			}
			for flag, value := range m.flags(name) {
				m.follow(t, p, flag, value)
			}
		}
		for _, unit := range m.Units {
			for flag, value := range m.flags(strings.TrimSuffix(unit, ".service")) {
				m.follow(t, corev1.Pod{}, flag, value)
			}
		}
		if !slices.Contains(m.Units, "kubelet.service") {
			continue
		}
		x := m.kubelet
		for _, file := range []string{x.Authentication.X509.ClientCAFile, x.TLSCertFile, x.TLSPrivateKeyFile} {
			m.follow(t, corev1.Pod{}, "the kubelet's configuration", file)
		}
	}
}

// made are the places that programs write to, and that nothing brings.
func made(file string) bool {
	return slices.Contains([]string{"/etc/kubernetes/manifests", "/var/lib/etcd", "/mnt/etcd", "/var/log", "/var/log/kubernetes/audit/audit.log", "/lib/modules"}, file)
}

func (m machine) has(file string) bool {
	_, ok := m.files[strings.TrimPrefix(file, "/")]
	return ok
}

// offers: a file or folder that must be there already is one that the tree brings.
func (m machine) offers(hostPath string, kind corev1.HostPathType) bool {
	switch kind {
	case corev1.HostPathFile:
		return m.has(hostPath)
	case corev1.HostPathDirectory:
		for name := range m.files {
			if strings.HasPrefix("/"+name, hostPath+"/") {
				return true
			}
		}
		return made(hostPath)
	}
	return true
}

// follow looks at a value that is a path. A pod without volumes stands for a program on the node itself.
func (m machine) follow(t *testing.T, p corev1.Pod, flag, value string) {
	t.Helper()
	if !path.IsAbs(value) {
		return
	}
	if !made(value) && !m.has(value) {
		t.Errorf("%s: %s names %s, which the node has not", m.Cluster.Name, flag, value)
	}
	if p.Name != "" && !mounted(p, value) {
		t.Errorf("%s: %s of pod %s names %s, which is not mounted", m.Cluster.Name, flag, p.Name, value)
	}
	if !strings.HasSuffix(flag, "kubeconfig") {
		return
	}
	var config clientcmdv1.Config
	if err := yaml.UnmarshalStrict(m.files[value[1:]].content, &config); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{config.Clusters[0].Cluster.CertificateAuthority, config.AuthInfos[0].AuthInfo.ClientCertificate, config.AuthInfos[0].AuthInfo.ClientKey} {
		m.follow(t, p, value, file)
	}
}

func mounted(p corev1.Pod, file string) bool {
	return slices.ContainsFunc(p.Spec.Containers[0].VolumeMounts, func(v corev1.VolumeMount) bool {
		return file == v.MountPath || strings.HasPrefix(file, v.MountPath+"/")
	})
}
