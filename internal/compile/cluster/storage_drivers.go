package cluster

// Names of storage drivers, as in the spec.
const (
	driverAWS     = "awsEBS"
	driverGCE     = "gcePD"
	driverNFS     = "nfs"
	driverRBD     = "cephRBD"
	driverCephFS  = "cephFS"
	driverGluster = "gluster"
	driverISCSI   = "iscsi"
)

// volumeBinding is the minor of version 1 from which on a class says when its volumes are chosen, and expansion from which on
// its claims may grow (both beta then).
const (
	volumeBinding = 10
	expansion     = 11
)

// generation is a driver during some minors of Kubernetes: a part of Kubernetes itself, or a CSI driver beside it.
type generation struct {
	// from and until are minors of version 1, until no more being one of them; 0: open.
	from, until int
	provisioner string
	// zonal: a volume is to be had in one place alone, which the pod's node decides.
	zonal bool
	// expands: the driver can make a volume larger.
	expands bool
	// retain: nothing can delete a volume.
	retain     bool
	required   []string
	parameters map[string]string
	options    []string
	// secretName and secretNamespace are the parameters that name a Secret; without any the driver takes none.
	secretName, secretNamespace []string
	secretRequired              bool
}

// csiSecrets are the parameters by which external-provisioner and its kin find a driver's credentials.
func csiSecrets(kinds ...string) (names, namespaces []string) {
	for _, kind := range kinds {
		names = append(names, "csi.storage.k8s.io/"+kind+"-secret-name")
		namespaces = append(namespaces, "csi.storage.k8s.io/"+kind+"-secret-namespace")
	}
	return names, namespaces
}

// generations of a driver. In Kubernetes 1.17 the move to CSI was beta, and those who begin there begin with CSI. The parameters
// are those of pkg/volume of Kubernetes 1.9, and of the drivers' own documents (kubernetes-sigs/aws-ebs-csi-driver and
// gcp-compute-persistent-disk-csi-driver, kubernetes-csi/csi-driver-nfs, ceph/ceph-csi).
func generations(driver string) []generation {
	names, namespaces := csiSecrets("provisioner", "controller-expand", "node-stage")
	const csi = 17
	switch driver {
	case driverAWS:
		return []generation{
			{until: csi, provisioner: "kubernetes.io/aws-ebs", zonal: true, expands: true, parameters: map[string]string{"type": "gp2"}},
			{from: csi, provisioner: "ebs.csi.aws.com", zonal: true, expands: true, parameters: map[string]string{"type": "gp3", "encrypted": "true"}},
		}
	case driverGCE:
		return []generation{
			{until: csi, provisioner: "kubernetes.io/gce-pd", zonal: true, expands: true, parameters: map[string]string{"type": "pd-standard"}},
			{from: csi, provisioner: "pd.csi.storage.gke.io", zonal: true, expands: true, parameters: map[string]string{"type": "pd-balanced"}},
		}
	case driverNFS:
		return []generation{{from: csi, provisioner: "nfs.csi.k8s.io", required: []string{"server", "share"}, options: []string{"nfsvers=4.1"}}}
	case driverRBD:
		return []generation{
			{
				until: csi, provisioner: "kubernetes.io/rbd", expands: true, required: []string{"monitors", "pool", "userSecretName"},
				secretName: []string{"adminSecretName"}, secretNamespace: []string{"adminSecretNamespace"}, secretRequired: true,
			},
			{
				from: csi, provisioner: "rbd.csi.ceph.com", expands: true, required: []string{"clusterID", "pool"},
				parameters: map[string]string{"imageFeatures": "layering"}, secretName: names, secretNamespace: namespaces, secretRequired: true,
			},
		}
	case driverCephFS:
		return []generation{{
			from: csi, provisioner: "cephfs.csi.ceph.com", expands: true, required: []string{"clusterID", "fsName"},
			secretName: names, secretNamespace: namespaces, secretRequired: true,
		}}
	case driverGluster:
		return []generation{{
			until: glusterGone, provisioner: "kubernetes.io/glusterfs", expands: true, required: []string{"resturl"},
			secretName: []string{"secretName"}, secretNamespace: []string{"secretNamespace"},
		}}
	case driverISCSI:
		return []generation{{provisioner: "kubernetes.io/no-provisioner", zonal: true, retain: true}}
	}
	return nil
}

// Minors of version 1 that had a kind of volume of Kubernetes itself no more.
const (
	glusterGone = 26
	cephFSGone  = 31
)

func drivers() []string {
	return []string{driverAWS, driverGCE, driverNFS, driverRBD, driverCephFS, driverGluster, driverISCSI}
}

// generationOf is the one of the version, if there is one.
func generationOf(driver string, v Version) (generation, bool) {
	for _, g := range generations(driver) {
		if v.Minor >= g.from && (g.until == 0 || v.Minor < g.until) {
			return g, true
		}
	}
	return generation{}, false
}
