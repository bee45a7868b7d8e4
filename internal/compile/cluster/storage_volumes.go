package cluster

import (
	"cmp"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

func volumes(r *report, s spec.Storage, v Version) []Volume {
	field := storageField.Key("volumes")
	var out []Volume
	for i, volume := range s.Volumes {
		at := field.Index(i)
		out = append(out, volumeOf(r, at, volume, v))
		if volume.Class != "" && !slices.ContainsFunc(s.Classes, func(c spec.StorageClass) bool { return c.Name == volume.Class }) {
			r.error(at.Key("class"), "there is no class "+diag.Quote(volume.Class), "add it to spec.storage.classes, with driver: iscsi where nothing makes its volumes, or remove it")
		}
	}
	checkObjectNames(r, field, s.Volumes, func(v spec.Volume) string { return v.Name })
	return out
}

func volumeOf(r *report, at diag.Path, s spec.Volume, v Version) Volume {
	out := Volume{Name: s.Name, Capacity: capacity(r, at.Key("capacity"), s.Capacity), Class: s.Class}
	var sources []string
	modes, options := []string{"ReadWriteMany"}, []string(nil)
	if s.ISCSI.TargetPortal+s.ISCSI.IQN != "" {
		sources, modes = append(sources, "iscsi"), []string{"ReadWriteOnce"}
		out.ISCSI = iscsi(r, at.Key("iscsi"), s.ISCSI)
	}
	if s.NFS.Server+s.NFS.Path != "" {
		sources, options = append(sources, "nfs"), []string{"nfsvers=4.1"}
		out.NFS = nfs(r, at.Key("nfs"), s.NFS)
	}
	if len(s.CephFS.Monitors) > 0 {
		sources = append(sources, "cephFS")
		out.CephFS = cephFS(r, at.Key("cephFS"), s.CephFS, v)
	}
	if s.Gluster.Endpoints+s.Gluster.Path != "" {
		sources = append(sources, "gluster")
		out.Gluster = gluster(r, at.Key("gluster"), s.Gluster, v)
	}
	if len(sources) != 1 {
		r.error(at, fmt.Sprintf("a volume has one of iscsi, nfs, cephFS and gluster, and this one has %d", len(sources)), "write one of them")
	}
	if s.ISCSI.ReadOnly || s.NFS.ReadOnly || s.CephFS.ReadOnly || s.Gluster.ReadOnly {
		modes = []string{"ReadOnlyMany"}
	}
	out.AccessModes = accessModes(r, at.Key("accessModes"), s.AccessModes, modes)
	out.MountOptions = mountOptions(r, at, s.MountOptions, options)
	return out
}

func capacity(r *report, field diag.Path, text string) string {
	q, err := resource.ParseQuantity(text)
	if err != nil || q.Sign() <= 0 {
		r.error(field, diag.Quote(text)+" is no size of a volume", "write a number and Mi, Gi or Ti, such as 100Gi")
		return text
	}
	return text
}

func accessModes(r *report, field diag.Path, s, fallback []string) []string {
	for i, mode := range s {
		if slices.Contains(s[:i], mode) {
			r.error(field.Index(i), mode+" is given twice", "remove one of the two")
		}
		oneOf(r, field.Index(i), mode, "", "ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany")
	}
	if len(s) == 0 {
		return fallback
	}
	return s
}

const iscsiPort = "3260"

var iqn = regexp.MustCompile(`^(iqn\.\d{4}-(0[1-9]|1[0-2])\.[a-z0-9.-]+(:\S+)?|eui\.[0-9A-Fa-f]{16}|naa\.[0-9A-Fa-f]{16,32})$`)

const maxLUN = 255

func iscsi(r *report, at diag.Path, s spec.ISCSI) *ISCSI {
	out := &ISCSI{
		TargetPortal: hostAndPort(r, at.Key("targetPortal"), s.TargetPortal, iscsiPort), IQN: s.IQN,
		FSType: cmp.Or(s.FSType, "ext4"), ReadOnly: s.ReadOnly, Secret: secretRef(r, at.Key("secret"), s.Secret),
	}
	for i, portal := range s.Portals {
		out.Portals = append(out.Portals, hostAndPort(r, at.Key("portals").Index(i), portal, iscsiPort))
	}
	if !iqn.MatchString(s.IQN) {
		r.error(at.Key("iqn"), diag.Quote(s.IQN)+" is no name of an iSCSI target", "write it as in iqn.2026-01.org.example:disk1")
	}
	if s.LUN != nil {
		out.LUN = *s.LUN
	}
	if out.LUN < 0 || out.LUN > maxLUN {
		r.error(at.Key("lun"), fmt.Sprintf("%d is no LUN", out.LUN), fmt.Sprintf("write a number from 0 to %d", maxLUN))
	}
	if !slices.Contains([]string{"ext3", "ext4", "xfs", "btrfs"}, out.FSType) {
		r.error(at.Key("fsType"), "kubelets make no file system "+diag.Quote(out.FSType), "it can be ext3, ext4, xfs or btrfs")
	}
	return out
}

// hostAndPort is the address with its port, which may be left out where it is the usual one.
func hostAndPort(r *report, field diag.Path, text, port string) string {
	if a, err := netip.ParseAddr(text); err == nil {
		return inBrackets(a) + ":" + port
	}
	if a, err := netip.ParseAddrPort(text); err == nil && a.Port() != 0 {
		return a.String()
	}
	host, given, has := strings.Cut(text, ":")
	if !has {
		given = port
	}
	n, err := strconv.ParseUint(given, 10, 16)
	if err != nil || n == 0 || !validHost(host) || looksNumeric(host) {
		r.error(field, diag.Quote(text)+" is no address of a server", "write a DNS name or an IP address, with :PORT where it is not "+port+" (IPv6 in brackets then)")
	}
	return host + ":" + given
}

func inBrackets(a netip.Addr) string {
	if a.Is6() {
		return "[" + a.String() + "]"
	}
	return a.String()
}

func nfs(r *report, at diag.Path, s spec.NFS) *NFS {
	if !validHost(s.Server) {
		r.error(at.Key("server"), diag.Quote(s.Server)+" is neither a DNS name nor an IP address", hostHint(s.Server))
	}
	if !strings.HasPrefix(s.Path, "/") {
		r.error(at.Key("path"), diag.Quote(s.Path)+" is no path of an export", "write an absolute path, such as /export/data")
	}
	return &NFS{Server: s.Server, Path: s.Path, ReadOnly: s.ReadOnly}
}

const monitorPort = "6789"

func cephFS(r *report, at diag.Path, s spec.CephFS, v Version) *CephFS {
	if v.Minor >= cephFSGone {
		r.error(at, "Kubernetes has no CephFS of its own from "+Version{Major: v.Major, Minor: cephFSGone}.Series()+" on",
			"add a class with driver: cephFS, whose CSI driver makes the volumes")
	}
	out := &CephFS{Path: cmp.Or(s.Path, "/"), User: cmp.Or(s.User, "admin"), Secret: secretRef(r, at.Key("secret"), s.Secret), ReadOnly: s.ReadOnly}
	for i, m := range s.Monitors {
		out.Monitors = append(out.Monitors, hostAndPort(r, at.Key("monitors").Index(i), m, monitorPort))
	}
	if !strings.HasPrefix(out.Path, "/") {
		r.error(at.Key("path"), diag.Quote(s.Path)+" is no path in a file system", "write an absolute path, such as /volumes/data")
	}
	return out
}

func gluster(r *report, at diag.Path, s spec.Gluster, v Version) *Gluster {
	if v.Minor >= glusterGone {
		r.error(at, "Kubernetes has no Gluster from "+Version{Major: v.Major, Minor: glusterGone}.Series()+" on", driverHint(driverGluster, v))
	}
	return &Gluster{Endpoints: objectName(r, at.Key("endpoints"), s.Endpoints), Path: s.Path, ReadOnly: s.ReadOnly}
}
