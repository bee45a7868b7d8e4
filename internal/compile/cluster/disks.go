package cluster

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

var (
	arrayName   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
	devicePath  = regexp.MustCompile(`^/dev(/[A-Za-z0-9._:+@-]+)+$`)
	mountPath   = regexp.MustCompile(`^(/[A-Za-z0-9_][A-Za-z0-9_.]*)+$`)
	mountOption = regexp.MustCompile(`^[A-Za-z0-9_=.:-]+$`)
)

// disks checks what one level of the spec says of disks.
func disks(r *report, field diag.Path, s spec.Disks) Disks {
	var out Disks
	for i, a := range s.RAID {
		at := field.Key("raid").Index(i)
		if slices.ContainsFunc(s.RAID[:i], func(o spec.Array) bool { return o.Name == a.Name }) {
			r.error(at.Key("name"), "two arrays are called "+diag.Quote(a.Name), "rename one of the two")
		}
		out.RAID = append(out.RAID, array(r, at, a))
	}
	for i, m := range s.Mounts {
		at := field.Key("mounts").Index(i)
		if slices.ContainsFunc(s.Mounts[:i], func(o spec.Mount) bool { return o.Path == m.Path }) {
			r.error(at.Key("path"), diag.Quote(m.Path)+" is mounted twice", "remove one of the two")
		}
		out.Mounts = append(out.Mounts, mount(r, at, m))
	}
	return out
}

func array(r *report, field diag.Path, a spec.Array) Array {
	if !arrayName.MatchString(a.Name) {
		r.error(field.Key("name"), diag.Quote(a.Name)+" is no name of an array", "use at most 32 lower case letters, digits and _, and begin with a letter")
	}
	for i, d := range a.Devices {
		device(r, field.Key("devices").Index(i), d)
	}
	// The least numbers of devices are those of md(4).
	least := map[int]int{1: 2, 5: 3, 6: 4, 10: 2}
	switch active := len(a.Devices) - a.Spares; {
	case least[a.Level] == 0:
		r.error(field.Key("level"), fmt.Sprintf("%d is no level that an array here can have", a.Level), "write 1, 5, 6 or 10; etcd wants 1")
	case a.Spares < 0:
		r.error(field.Key("spares"), fmt.Sprintf("%d is no number of spares", a.Spares), "write a number from 1 on, or remove the key")
	case active < least[a.Level]:
		r.error(field.Key("devices"), fmt.Sprintf("level %d takes %d devices, beside spares, and here are %d", a.Level, least[a.Level], max(active, 0)),
			"add devices, or choose another level")
	}
	return Array(a)
}

func device(r *report, field diag.Path, name string) {
	if !devicePath.MatchString(name) || path.Clean(name) != name {
		r.error(field, diag.Quote(name)+" is no path of a device", "write a path below /dev, such as /dev/nvme1n1 or, where names change, one of /dev/disk/by-id")
	}
}

func mount(r *report, field diag.Path, m spec.Mount) Mount {
	device(r, field.Key("device"), m.Device)
	at := field.Key("path")
	switch {
	case !mountPath.MatchString(m.Path):
		r.error(at, diag.Quote(m.Path)+" is no path to mount at",
			"write an absolute path of letters, digits, _ and . such as /var/lib/etcd; systemd would spell other characters with a backslash in the unit's name")
	case ofTheSystem(m.Path):
		r.error(at, m.Path+" is part of the system, and a file system over it would hide what is there", "mount at a folder of its own, such as /var/lib/etcd")
	case m.Path == "/var/lib/kubelet":
		r.error(at, "the kubelet's configuration lies in /var/lib/kubelet, and a file system over it would hide it", "mount at /var/lib/containerd, or at folders below /var/lib/kubelet")
	case m.Path != EtcdData && inFolder(m.Path, EtcdData):
		r.error(at, diag.Quote(m.Path)+" lies in etcd's own folder", "mount at "+EtcdData+" itself")
	}
	m.Type = oneOf(r, field.Key("type"), m.Type, "ext4", "ext4", "xfs")
	for i, o := range m.Options {
		if !mountOption.MatchString(o) {
			r.error(field.Key("options").Index(i), diag.Quote(o)+" is no option of a mount", "write one option an element, as mount takes them after -o")
		}
	}
	if m.Options == nil {
		m.Options = []string{"noatime"}
	}
	return Mount(m)
}

// ofTheSystem: a file system there would hide the host's own files, or those that a node's directory brings.
func ofTheSystem(p string) bool {
	if slices.Contains([]string{"/home", "/opt", "/root", "/srv", "/tmp", "/var", "/var/lib", "/var/log", "/var/run"}, p) {
		return true
	}
	top, _, _ := strings.Cut(p[1:], "/")
	return slices.Contains([]string{"bin", "boot", "dev", "etc", "proc", "run", "sbin", "sys", "usr"}, top) || strings.HasPrefix(top, "lib") ||
		inFolder(p, path.Clean("/"+layout.APIServer)) || inFolder(p, "/var/run")
}

// mergeDisks lays a level over the levels before it.
func mergeDisks(into *Disks, add Disks) {
	for _, a := range add.RAID {
		into.RAID = mergeNamed(into.RAID, a, func(o Array) bool { return o.Name == a.Name })
	}
	for _, m := range add.Mounts {
		into.Mounts = mergeNamed(into.Mounts, m, func(o Mount) bool { return o.Path == m.Path })
	}
}

func mergeNamed[T any](list []T, add T, same func(T) bool) []T {
	if i := slices.IndexFunc(list, same); i >= 0 {
		list[i] = add
		return list
	}
	return append(list, add)
}

// checkDisks holds the storage of each node, which may come from several levels, together. What nodes have in common is
// told of the first.
func checkDisks(r *report, nodes []Node) {
	told := map[string]bool{}
	for _, n := range nodes {
		field := diag.Path(n.Field).Key("storage")
		for _, problem := range slices.Concat(sharedDevices(n.Storage), nestedMounts(n.Storage)) {
			if !told[problem] {
				r.error(field, diag.Quote(n.Name)+" has a fault in its storage: "+problem, "mend it at the node, its pool or its roles")
			}
			told[problem] = true
		}
		ofEtcd := func(m Mount) bool { return m.Path == EtcdData }
		if !n.Has(RoleEtcd) && slices.ContainsFunc(n.Storage.Mounts, ofEtcd) && !told[EtcdData] {
			r.warning(field, diag.Quote(n.Name)+" mounts "+EtcdData+" and is no member of etcd", "give the storage to spec.roles.etcd")
			told[EtcdData] = true
		}
	}
}

// sharedDevices finds devices that have more than one use.
func sharedDevices(s Disks) []string {
	var out []string
	uses := map[string]string{}
	use := func(device, by string) {
		switch first, taken := uses[device]; {
		case taken && first == by:
			out = append(out, by+" names the device "+device+" twice")
		case taken:
			out = append(out, "the device "+device+" is used by "+first+" and by "+by)
		}
		uses[device] = by
	}
	for _, a := range s.RAID {
		for _, d := range a.Devices {
			use(d, "the array "+a.Name)
		}
	}
	for _, m := range s.Mounts {
		use(m.Device, "the mount "+m.Path)
		name, isArray := strings.CutPrefix(m.Device, "/dev/md/")
		if isArray && !slices.ContainsFunc(s.RAID, func(a Array) bool { return a.Name == name }) {
			out = append(out, "the mount "+m.Path+" is of the array "+diag.Quote(name)+", and there is none of that name")
		}
	}
	return out
}

// nestedMounts finds mounts below others, which would depend on the order in which the disks appear.
func nestedMounts(s Disks) []string {
	var out []string
	for _, inner := range s.Mounts {
		for _, outer := range s.Mounts {
			if inner.Path != outer.Path && inFolder(inner.Path, outer.Path) {
				out = append(out, "the mount "+inner.Path+" lies in the mount "+outer.Path)
			}
		}
	}
	return out
}
