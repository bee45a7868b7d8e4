package cluster

// Storage is what pods claim their storage of.
type Storage struct {
	Classes []StorageClass
	Volumes []Volume
}

// StorageClass is a class as the cluster gets it: the driver's provisioner of that version of Kubernetes, and all parameters.
type StorageClass struct {
	Name, Driver, Provisioner string
	Default                   bool
	ReclaimPolicy             string
	// VolumeBindingMode is empty for versions that have no choice.
	VolumeBindingMode    string
	AllowVolumeExpansion bool
	MountOptions         []string
	Parameters           map[string]string
}

// Volume is a volume that exists; one of the four sources is there.
type Volume struct {
	Name, Capacity string
	AccessModes    []string
	// Class is empty for claims that want none.
	Class        string
	MountOptions []string
	ISCSI        *ISCSI
	NFS          *NFS
	CephFS       *CephFS
	Gluster      *Gluster
}

// SecretRef is a Secret of the cluster; without a name, none.
type SecretRef struct{ Name, Namespace string }

// ISCSI is a LUN of an iSCSI target.
type ISCSI struct {
	TargetPortal string
	Portals      []string
	IQN          string
	LUN          int
	FSType       string
	ReadOnly     bool
	Secret       SecretRef
}

// NFS is an export of an NFS server.
type NFS struct {
	Server, Path string
	ReadOnly     bool
}

// CephFS is a folder of a Ceph file system.
type CephFS struct {
	Monitors   []string
	Path, User string
	Secret     SecretRef
	ReadOnly   bool
}

// Gluster is a Gluster volume.
type Gluster struct {
	Endpoints, Path string
	ReadOnly        bool
}
