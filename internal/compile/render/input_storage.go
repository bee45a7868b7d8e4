package render

import "github.com/harender/harender/internal/compile/cluster"

type storageInput struct {
	Classes []classInput  `json:"classes"`
	Volumes []volumeInput `json:"volumes"`
}

type classInput struct {
	Name                 string            `json:"name"`
	Provisioner          string            `json:"provisioner"`
	Default              bool              `json:"default"`
	ReclaimPolicy        string            `json:"reclaimPolicy"`
	VolumeBindingMode    string            `json:"volumeBindingMode"`
	AllowVolumeExpansion bool              `json:"allowVolumeExpansion"`
	MountOptions         []string          `json:"mountOptions"`
	Parameters           map[string]string `json:"parameters"`
}

// volumeInput has one of the four sources.
type volumeInput struct {
	Name         string        `json:"name"`
	Capacity     string        `json:"capacity"`
	AccessModes  []string      `json:"accessModes"`
	Class        string        `json:"class"`
	MountOptions []string      `json:"mountOptions"`
	ISCSI        *iscsiInput   `json:"iscsi,omitempty"`
	NFS          *nfsInput     `json:"nfs,omitempty"`
	CephFS       *cephFSInput  `json:"cephFS,omitempty"`
	Gluster      *glusterInput `json:"gluster,omitempty"`
}

type secretInput struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}

type iscsiInput struct {
	TargetPortal string      `json:"targetPortal"`
	Portals      []string    `json:"portals"`
	IQN          string      `json:"iqn"`
	LUN          int         `json:"lun"`
	FSType       string      `json:"fsType"`
	ReadOnly     bool        `json:"readOnly"`
	Secret       secretInput `json:"secret"`
}

type nfsInput struct {
	Server   string `json:"server"`
	Path     string `json:"path"`
	ReadOnly bool   `json:"readOnly"`
}

type cephFSInput struct {
	Monitors []string    `json:"monitors"`
	Path     string      `json:"path"`
	User     string      `json:"user"`
	Secret   secretInput `json:"secret"`
	ReadOnly bool        `json:"readOnly"`
}

type glusterInput struct {
	Endpoints string `json:"endpoints"`
	Path      string `json:"path"`
	ReadOnly  bool   `json:"readOnly"`
}

func newStorageInput(s cluster.Storage) storageInput {
	in := storageInput{Classes: make([]classInput, 0, len(s.Classes)), Volumes: make([]volumeInput, 0, len(s.Volumes))}
	for _, c := range s.Classes {
		in.Classes = append(in.Classes, classInput{
			Name: c.Name, Provisioner: c.Provisioner, Default: c.Default, ReclaimPolicy: c.ReclaimPolicy, VolumeBindingMode: c.VolumeBindingMode,
			AllowVolumeExpansion: c.AllowVolumeExpansion, MountOptions: append([]string{}, c.MountOptions...), Parameters: c.Parameters,
		})
	}
	for _, v := range s.Volumes {
		in.Volumes = append(in.Volumes, newVolumeInput(v))
	}
	return in
}

func newVolumeInput(v cluster.Volume) volumeInput {
	in := volumeInput{Name: v.Name, Capacity: v.Capacity, AccessModes: v.AccessModes, Class: v.Class, MountOptions: append([]string{}, v.MountOptions...)}
	switch {
	case v.ISCSI != nil:
		in.ISCSI = &iscsiInput{
			TargetPortal: v.ISCSI.TargetPortal, Portals: append([]string{}, v.ISCSI.Portals...), IQN: v.ISCSI.IQN, LUN: v.ISCSI.LUN,
			FSType: v.ISCSI.FSType, ReadOnly: v.ISCSI.ReadOnly, Secret: secretInput(v.ISCSI.Secret),
		}
	case v.NFS != nil:
		in.NFS = &nfsInput{Server: v.NFS.Server, Path: v.NFS.Path, ReadOnly: v.NFS.ReadOnly}
	case v.CephFS != nil:
		in.CephFS = &cephFSInput{
			Monitors: v.CephFS.Monitors, Path: v.CephFS.Path, User: v.CephFS.User, Secret: secretInput(v.CephFS.Secret), ReadOnly: v.CephFS.ReadOnly,
		}
	case v.Gluster != nil:
		in.Gluster = &glusterInput{Endpoints: v.Gluster.Endpoints, Path: v.Gluster.Path, ReadOnly: v.Gluster.ReadOnly}
	}
	return in
}
