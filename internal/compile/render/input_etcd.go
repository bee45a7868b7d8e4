package render

import (
	"strconv"

	"github.com/harender/harender/internal/compile/cluster"
)

type etcdInput struct {
	Members []nodeInput `json:"members"`
	// InitialCluster and its state are those of the nodes, NAME=URL.
	InitialCluster      []string `json:"initialCluster"`
	InitialClusterState string   `json:"initialClusterState"`
	// QuotaBytes is a text: a number of jsonnet is a fraction.
	QuotaBytes     string           `json:"quotaBytes"`
	AutoCompaction *compactionInput `json:"autoCompaction,omitempty"`
	Snapshots      *snapshotsInput  `json:"snapshots,omitempty"`
}

type compactionInput struct {
	Mode      string `json:"mode"`
	Retention string `json:"retention"`
}

type snapshotsInput struct {
	Schedule  string `json:"schedule"`
	Retain    int    `json:"retain"`
	Directory string `json:"directory"`
}

type disksInput struct {
	RAID   []arrayInput `json:"raid"`
	Mounts []mountInput `json:"mounts"`
}

type arrayInput struct {
	Name    string   `json:"name"`
	Level   int      `json:"level"`
	Devices []string `json:"devices"`
	Spares  int      `json:"spares"`
}

type mountInput struct {
	Device  string   `json:"device"`
	Path    string   `json:"path"`
	Type    string   `json:"type"`
	Options []string `json:"options"`
}

func newEtcdInput(e cluster.Etcd, members []nodeInput) etcdInput {
	in := etcdInput{Members: members, InitialCluster: []string{}, InitialClusterState: e.InitialClusterState, QuotaBytes: strconv.FormatInt(e.QuotaBytes, 10)}
	if e.AutoCompaction != (cluster.AutoCompaction{}) {
		in.AutoCompaction = &compactionInput{e.AutoCompaction.Mode, e.AutoCompaction.Retention}
	}
	if e.Snapshots != (cluster.Snapshots{}) {
		in.Snapshots = &snapshotsInput{e.Snapshots.Schedule, e.Snapshots.Retain, e.Snapshots.Directory}
	}
	return in
}

// newDisksInput has lists that are never nil: jsonnet takes an empty list, not null.
func newDisksInput(s cluster.Disks) disksInput {
	in := disksInput{RAID: []arrayInput{}, Mounts: []mountInput{}}
	for _, a := range s.RAID {
		in.RAID = append(in.RAID, arrayInput(a))
	}
	for _, m := range s.Mounts {
		in.Mounts = append(in.Mounts, mountInput(m))
	}
	return in
}
