package cluster_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/spec"
)

// of is the cluster in a minor that no data may be there for.
func of(t *testing.T, minor int, change func(*spec.Spec)) (cluster.Cluster, string) {
	t.Helper()
	series := fmt.Sprintf("1.%d", minor)
	s := three()
	s.Spec.KubernetesVersion = series + ".5"
	s.Spec.KubeProxy.Mode = "iptables"
	change(&s.Spec)
	c, list := cluster.New(s, cluster.Releases{series: {Patch: series + ".5"}})
	var errors []string
	for _, d := range list {
		errors = append(errors, d.Summary)
	}
	return c, strings.Join(errors, "; ")
}

// TestDrivers: which provisioner a class has, by the minor of Kubernetes; - where there is none.
func TestDrivers(t *testing.T) {
	params := map[string]map[string]string{
		"nfs": {"server": "nfs.example.org", "share": "/"}, "cephFS": {"clusterID": "c", "fsName": "f"}, "gluster": {"resturl": "http://10.0.0.9:8080"},
		"cephRBD": {"clusterID": "c", "pool": "p", "monitors": "10.0.0.5:6789", "userSecretName": "user"},
	}
	for driver, want := range map[string]string{
		"awsEBS":  "9 kubernetes.io/aws-ebs 16 kubernetes.io/aws-ebs 17 ebs.csi.aws.com 36 ebs.csi.aws.com",
		"gcePD":   "9 kubernetes.io/gce-pd 16 kubernetes.io/gce-pd 17 pd.csi.storage.gke.io 36 pd.csi.storage.gke.io",
		"nfs":     "9 - 16 - 17 nfs.csi.k8s.io 36 nfs.csi.k8s.io",
		"cephRBD": "9 kubernetes.io/rbd 16 kubernetes.io/rbd 17 rbd.csi.ceph.com 36 rbd.csi.ceph.com",
		"cephFS":  "9 - 16 - 17 cephfs.csi.ceph.com 36 cephfs.csi.ceph.com",
		"gluster": "9 kubernetes.io/glusterfs 25 kubernetes.io/glusterfs 26 - 36 -",
		"iscsi":   "9 kubernetes.io/no-provisioner 36 kubernetes.io/no-provisioner",
	} {
		for pair := range slices.Chunk(strings.Fields(want), 2) {
			var minor int
			if _, err := fmt.Sscan(pair[0], &minor); err != nil {
				t.Fatal(err)
			}
			c, found := of(t, minor, func(s *spec.Spec) {
				class := spec.StorageClass{Name: "c", Driver: driver, Default: true, Parameters: params[driver]}
				if strings.HasPrefix(driver, "ceph") {
					class.Secret = spec.SecretRef{Name: "ceph"}
				}
				s.Storage.Classes = []spec.StorageClass{class}
			})
			if pair[1] == "-" {
				if !strings.Contains(found, "not to be had") {
					t.Errorf("%s in 1.%d: %q", driver, minor, found)
				}
				continue
			}
			class := c.Storage.Classes[0]
			if found != "" || class.Provisioner != pair[1] {
				t.Errorf("%s in 1.%d: %s, %q", driver, minor, class.Provisioner, found)
			}
			if minor < 10 && (class.VolumeBindingMode != "" || class.AllowVolumeExpansion) {
				t.Errorf("%s in 1.%d: %+v", driver, minor, class)
			}
		}
	}
}

// TestOlderClasses: what a class could not say yet.
func TestOlderClasses(t *testing.T) {
	yes := true
	_, found := of(t, 9, func(s *spec.Spec) {
		s.Storage.Classes = []spec.StorageClass{{Name: "c", Driver: "awsEBS", Default: true, VolumeBindingMode: "Immediate", AllowVolumeExpansion: &yes}}
	})
	if want := "a class of Kubernetes 1.9 cannot say when its volumes are chosen; claims cannot grow in Kubernetes 1.9"; found != want {
		t.Errorf("got %s", found)
	}
}

// TestInTreeClouds: the providers, each with the last minor that takes it.
func TestInTreeClouds(t *testing.T) {
	for name, last := range map[string]int{
		"aws": 26, "azure": 28, "cloudstack": 15, "gce": 28, "openstack": 25, "ovirt": 15, "photon": 15, "vsphere": 28,
	} {
		for minor, wanted := range map[int]bool{9: true, last: true, last + 1: false, 36: false} {
			_, found := of(t, minor, func(s *spec.Spec) { s.CloudProvider = spec.CloudProvider{Kind: "inTree", Name: name} })
			if (found == "") != wanted {
				t.Errorf("%s in 1.%d: %q", name, minor, found)
			}
		}
	}
}

// TestCloudConfig: settings that are no secrets pass.
func TestCloudConfig(t *testing.T) {
	for text, secret := range map[string]bool{
		"[Global]\nauth-url = https://keystone.example.org\nregion=x\n":           false,
		"[Global]\nsecret-name = \"vsphere\"\nsecret-namespace = \"kube-system\"": false,
		"[global]\ntoken-url = nil\n":                                             false,
		"[Global]\npassword=\"x\"\n":                                              true,
		"{\"aadClientId\": \"a\", \"aadClientSecret\": \"b\"}":                    true,
		"[Global]\nsecret-key = x\napi-key = y\n":                                 true,
		"[Global]\npassword =\n":                                                  false,
	} {
		_, found := of(t, 9, func(s *spec.Spec) {
			s.CloudProvider = spec.CloudProvider{Kind: "inTree", Name: "openstack", Config: text}
		})
		if strings.Contains(found, "holds a secret") != secret || !secret && found != "" {
			t.Errorf("%q: %q", text, found)
		}
	}
}
