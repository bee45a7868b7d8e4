package spec

// Storage holds the classes and the volumes that pods claim their storage of.
type Storage struct {
	// Classes are StorageClasses, at most one of them the default. The default is none.
	Classes []StorageClass `json:"classes,omitempty" example:"[{name: fast, driver: awsEBS, default: true}]"`
	// Volumes are PersistentVolumes that exist already, on storage that no driver provisions. The default is none.
	Volumes []Volume `json:"volumes,omitempty" example:"[{name: backup, capacity: 500Gi, nfs: {server: nfs.example.org, path: /export/backup}}]"`
}

// StorageClass is a kind of storage, and the driver that makes volumes of it.
type StorageClass struct {
	// Name of the class, a DNS-1123 subdomain.
	Name string `json:"name" jsonschema:"pattern=^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$,maxLength=253" example:"fast"`
	// Driver is awsEBS, gcePD, nfs, cephRBD, cephFS, gluster (below 1.26) or iscsi (volumes that exist already).
	Driver string `json:"driver" jsonschema:"enum=awsEBS,enum=gcePD,enum=nfs,enum=cephRBD,enum=cephFS,enum=gluster,enum=iscsi" example:"awsEBS"`
	// Default makes it the class of claims that name none.
	Default bool `json:"default,omitempty" jsonschema:"default=false" example:"true"`
	// ReclaimPolicy says what becomes of a volume whose claim is gone. The default is Delete, and Retain with iscsi.
	ReclaimPolicy string `json:"reclaimPolicy,omitempty" jsonschema:"enum=Delete,enum=Retain" example:"Retain"`
	// VolumeBindingMode says when a volume is chosen or made. The default is WaitForFirstConsumer where a volume is not to be had on
	// every node (awsEBS, gcePD), and for iscsi, and else Immediate.
	VolumeBindingMode string `json:"volumeBindingMode,omitempty" jsonschema:"enum=Immediate,enum=WaitForFirstConsumer" example:"WaitForFirstConsumer"`
	// AllowVolumeExpansion lets claims grow. The default is whether the driver can do it.
	AllowVolumeExpansion *bool `json:"allowVolumeExpansion,omitempty" example:"true"`
	// MountOptions of the volumes. The default is none, and nfsvers=4.1 with nfs.
	MountOptions []string `json:"mountOptions,omitempty" example:"[noatime]"`
	// Parameters go to the driver as they are. The default is none but type: gp3 and encrypted: "true" of awsEBS, type: pd-balanced
	// of gcePD and imageFeatures: layering of cephRBD.
	Parameters map[string]string `json:"parameters,omitempty" example:"{type: gp3}"`
	// Secret has the driver's credentials (cephRBD, cephFS, gluster). harender does not make it.
	Secret SecretRef `json:"secret,omitzero" example:"{name: csi-rbd, namespace: ceph-csi}"`
}

// SecretRef is a Secret of the cluster.
type SecretRef struct {
	// Name of the Secret.
	Name string `json:"name" jsonschema:"minLength=1,maxLength=253" example:"csi-rbd"`
	// Namespace of the Secret.
	Namespace string `json:"namespace,omitempty" jsonschema:"pattern=^[a-z0-9]([-a-z0-9]*[a-z0-9])?$,maxLength=63,default=kube-system" example:"ceph-csi"`
}

// Volume is a PersistentVolume on storage that exists. It has one of iscsi, nfs, cephFS and gluster.
type Volume struct {
	// Name of the volume, a DNS-1123 subdomain.
	Name string `json:"name" jsonschema:"pattern=^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$,maxLength=253" example:"backup"`
	// Capacity is a Kubernetes quantity.
	Capacity string `json:"capacity" jsonschema:"pattern=^[0-9]+([.][0-9]+)?(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$" example:"500Gi"`
	// AccessModes of the volume. The default is ReadOnlyMany where it is readOnly, ReadWriteOnce with iscsi and else ReadWriteMany.
	AccessModes []string `json:"accessModes,omitempty" jsonschema:"enum=ReadWriteOnce,enum=ReadOnlyMany,enum=ReadWriteMany,uniqueItems=true" example:"[ReadWriteOnce]"`
	// Class that claims name to get the volume. The default is none: such claims say storageClassName: "".
	Class string `json:"class,omitempty" jsonschema:"maxLength=253" example:"san"`
	// MountOptions of the volume. The default is none, and nfsvers=4.1 with nfs.
	MountOptions []string `json:"mountOptions,omitempty" example:"[noatime]"`
	// ISCSI is a LUN of an iSCSI target.
	ISCSI ISCSI `json:"iscsi,omitzero" example:"{targetPortal: 10.0.0.50, iqn: iqn.2026-01.org.example:disk1, lun: 0}"`
	// NFS is an export of an NFS server.
	NFS NFS `json:"nfs,omitzero" example:"{server: nfs.example.org, path: /export/backup}"`
	// CephFS is a folder of a Ceph file system, below 1.31; from there on a class with the driver cephFS.
	CephFS CephFS `json:"cephFS,omitzero" example:"{monitors: [10.0.0.60], secret: {name: ceph}}"`
	// Gluster is a Gluster volume, below 1.26.
	Gluster Gluster `json:"gluster,omitzero" example:"{endpoints: gluster, path: volume1}"`
}

// ISCSI is a LUN of an iSCSI target. Every node needs open-iscsi.
type ISCSI struct {
	// TargetPortal is the address of the target, with the port where that is not 3260.
	TargetPortal string `json:"targetPortal" jsonschema:"minLength=1" example:"10.0.0.50"`
	// Portals are further addresses of it, for multipath. The default is none.
	Portals []string `json:"portals,omitempty" example:"[10.0.1.50]"`
	// IQN names the target.
	IQN string `json:"iqn" jsonschema:"pattern=^(iqn[.][0-9]{4}-[0-9]{2}[.]|eui[.]|naa[.])" example:"iqn.2026-01.org.example:disk1"`
	// LUN is the number of the unit. The default is 0.
	LUN *int `json:"lun,omitempty" jsonschema:"minimum=0,maximum=255" example:"0"`
	// FSType is the file system.
	FSType string `json:"fsType,omitempty" jsonschema:"default=ext4" example:"xfs"`
	// ReadOnly mounts.
	ReadOnly bool `json:"readOnly,omitempty" jsonschema:"default=false" example:"true"`
	// Secret has the credentials of CHAP, which its presence turns on. harender does not make it.
	Secret SecretRef `json:"secret,omitzero" example:"{name: chap}"`
}

// NFS is an export of an NFS server. Every node needs the NFS client.
type NFS struct {
	// Server is a DNS name or an address.
	Server string `json:"server" jsonschema:"minLength=1" example:"nfs.example.org"`
	// Path that the server exports.
	Path string `json:"path" jsonschema:"pattern=^/" example:"/export/backup"`
	// ReadOnly mounts.
	ReadOnly bool `json:"readOnly,omitempty" jsonschema:"default=false" example:"true"`
}

// CephFS is a folder of a Ceph file system.
type CephFS struct {
	// Monitors are their addresses, with the port where that is not 6789.
	Monitors []string `json:"monitors" jsonschema:"minItems=1" example:"[10.0.0.60, 10.0.0.61, 10.0.0.62]"`
	// Path in the file system.
	Path string `json:"path,omitempty" jsonschema:"pattern=^/,default=/" example:"/volumes/backup"`
	// User of Ceph.
	User string `json:"user,omitempty" jsonschema:"default=admin" example:"kubernetes"`
	// Secret has the user's key. harender does not make it.
	Secret SecretRef `json:"secret" example:"{name: ceph}"`
	// ReadOnly mounts.
	ReadOnly bool `json:"readOnly,omitempty" jsonschema:"default=false" example:"true"`
}

// Gluster is a Gluster volume.
type Gluster struct {
	// Endpoints is an object of that kind, in the namespace of the claim, with the servers. harender does not make it.
	Endpoints string `json:"endpoints" jsonschema:"minLength=1,maxLength=253" example:"gluster"`
	// Path is the name of the volume.
	Path string `json:"path" jsonschema:"minLength=1" example:"volume1"`
	// ReadOnly mounts.
	ReadOnly bool `json:"readOnly,omitempty" jsonschema:"default=false" example:"true"`
}
