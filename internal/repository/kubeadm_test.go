package repository_test

import (
	"bytes"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// kubeadmArgs are the fields of ClusterConfiguration that become static pods.
type kubeadmArgs struct {
	ExtraArgs    []struct{ Name, Value string }
	ExtraVolumes []struct{ Name, HostPath, MountPath, PathType string }
}

// addKubeadmPods has those that kubeadm would write from the node's configuration, with what harender adds to them: its
// flags, its mounts, and the folder that kubeadm mounts itself. Only the first master has the configuration.
func (m machine) addKubeadmPods(t *testing.T) {
	t.Helper()
	var c struct {
		Kind                                    string
		APIServer, ControllerManager, Scheduler kubeadmArgs
	}
	for _, document := range bytes.Split(m.files["etc/kubernetes/kubeadm.yaml"].content, []byte("---\n")) {
		if bytes.Contains(document, []byte("kind: ClusterConfiguration")) {
			if err := yaml.Unmarshal(document, &c); err != nil {
				t.Fatal(err)
			}
		}
	}
	if c.Kind == "" {
		return
	}
	const pki = "/etc/kubernetes/pki"
	for name, args := range map[string]kubeadmArgs{"kube-apiserver": c.APIServer, "kube-controller-manager": c.ControllerManager, "kube-scheduler": c.Scheduler} {
		pod := corev1.Pod{}
		pod.Name = name
		container := corev1.Container{Command: []string{name}}
		add := func(hostPath, mountPath string, kind corev1.HostPathType) {
			pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{VolumeSource: corev1.VolumeSource{
				HostPath: &corev1.HostPathVolumeSource{Path: hostPath, Type: &kind},
			}})
			container.VolumeMounts = append(container.VolumeMounts, corev1.VolumeMount{MountPath: mountPath})
		}
		for _, a := range args.ExtraArgs {
			container.Command = append(container.Command, "--"+a.Name+"="+a.Value)
		}
		for _, v := range args.ExtraVolumes {
			add(v.HostPath, v.MountPath, corev1.HostPathType(v.PathType))
		}
		if name != "kube-apiserver" {
			conf := "/etc/kubernetes/" + name[len("kube-"):] + ".conf"
			container.Command = append(container.Command, "--kubeconfig="+conf)
			add(conf, conf, corev1.HostPathFile)
		}
		if name != "kube-scheduler" {
			add(pki, pki, corev1.HostPathDirectory)
		}
		pod.Spec.Containers = []corev1.Container{container}
		m.pods[name] = pod
	}
}
