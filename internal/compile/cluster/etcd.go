package cluster

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

const etcdField = diag.Path("spec.etcd")

// EtcdData is the folder that a member keeps its database in.
const EtcdData = "/var/lib/etcd"

func etcd(r *report, s spec.Etcd) Etcd {
	return Etcd{
		InitialClusterState: oneOf(r, etcdField.Key("initialClusterState"), s.InitialClusterState, "new", "new", "existing"),
		RunAs:               oneOf(r, etcdField.Key("runAs"), s.RunAs, StaticPod, StaticPod, Systemd),
		QuotaBytes:          quota(r, etcdField.Key("quotaBackend"), s.QuotaBackend),
		AutoCompaction:      autoCompaction(r, etcdField.Key("autoCompaction"), s.AutoCompaction),
		Snapshots:           snapshots(r, etcdField.Key("snapshots"), s.Snapshots),
	}
}

// Sizes of the database. etcd warns of more than 8 GiB at every start (MaxQuotaBytes in its server/storage/quota.go).
const (
	defaultQuota = int64(8 << 30)
	leastQuota   = int64(256 << 20)
)

func quota(r *report, field diag.Path, text string) int64 {
	if text == "" {
		return defaultQuota
	}
	const hint = "write a number of bytes with a unit, such as 8Gi"
	q, err := resource.ParseQuantity(text)
	if err != nil {
		r.error(field, diag.Quote(text)+" is no quantity", hint)
		return defaultQuota
	}
	bytes, whole := q.AsInt64()
	switch {
	case !whole || bytes < leastQuota:
		r.error(field, diag.Quote(text)+" is no size for the database of a cluster", hint+"; 256Mi is the least")
		return defaultQuota
	case bytes > defaultQuota:
		r.warning(field, "etcd advises against a quota of more than 8Gi, and this is "+diag.Quote(text),
			"keep to 8Gi: a larger database takes longer to snapshot, to defragment and to send to a member that was away")
	}
	return bytes
}

// leastAge keeps a mistake in the unit from leaving watches without the revisions that they start from.
const leastAge = time.Minute

func autoCompaction(r *report, field diag.Path, s *spec.AutoCompaction) AutoCompaction {
	if s == nil {
		return AutoCompaction{}
	}
	at := field.Key("retention")
	mode := oneOf(r, field.Key("mode"), s.Mode, "periodic", "periodic", "revision")
	switch mode {
	case "periodic":
		age, err := time.ParseDuration(s.Retention)
		if err != nil {
			r.error(at, diag.Quote(s.Retention)+" is no duration", "write minutes or hours, such as 1h")
		} else if age < leastAge {
			r.error(at, "etcd would forget revisions that are "+diag.Quote(s.Retention)+" old", "keep a minute at least; kube-apiserver itself keeps five")
		}
	case "revision":
		if n, err := strconv.Atoi(s.Retention); err != nil || n < 1 {
			r.error(at, diag.Quote(s.Retention)+" is no number of revisions", `write a number in quotes, such as "10000"`)
		}
	}
	return AutoCompaction{Mode: mode, Retention: s.Retention}
}

const (
	defaultRetain      = 24
	maxRetain          = 10000
	defaultSnapshotDir = "/var/lib/etcd-snapshots"
)

func snapshots(r *report, field diag.Path, s *spec.Snapshots) Snapshots {
	if s == nil {
		return Snapshots{}
	}
	out := Snapshots{Schedule: s.Schedule, Retain: s.Retain, Directory: s.Directory}
	if problem := badCalendar(s.Schedule); problem != "" {
		r.error(field.Key("schedule"), problem, `write hourly, daily, weekly, or an expression such as "*-*-* 00/6:00:00" (man systemd.time, Calendar Events)`)
	}
	switch {
	case out.Retain == 0:
		out.Retain = defaultRetain
	case out.Retain < 1 || out.Retain > maxRetain:
		r.error(field.Key("retain"), fmt.Sprintf("%d is no number of snapshots", out.Retain), "write a number from 1 to 10000")
	}
	if out.Directory == "" {
		out.Directory = defaultSnapshotDir
	}
	checkSnapshotDir(r, field.Key("directory"), out.Directory)
	return out
}

var folderPath = regexp.MustCompile(`^(/[A-Za-z0-9._-]+)+$`)

func checkSnapshotDir(r *report, field diag.Path, dir string) {
	switch {
	case !folderPath.MatchString(dir) || path.Clean(dir) != dir:
		r.error(field, diag.Quote(dir)+" is no path of a folder", "write an absolute path of letters, digits, ., _ and -, without a slash at its end, such as "+defaultSnapshotDir)
	case inFolder(dir, EtcdData):
		r.error(field, "snapshots in "+EtcdData+" would be lost with the database", "choose a folder on another disk, or "+defaultSnapshotDir)
	}
}

// inFolder reports whether a path is a folder or lies in it.
func inFolder(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, strings.TrimSuffix(folder, "/")+"/")
}
