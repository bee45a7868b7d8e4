package verify

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/harender/harender/internal/layout"
)

const (
	// manifests is where the kubelet runs whatever lies there.
	manifests = "etc/kubernetes/manifests"
	units     = layout.Units
	// unsealing is the unit that a payload adds where files are sealed.
	unsealing = "harender-unseal.service"
	// kubeadmDropIn is of the package of kubeadm. What it sets, the drop-in of harender sets again.
	kubeadmDropIn = "kubelet.service.d/10-kubeadm.conf"
)

// loadPaths are where systemd looks for units and what extends them (systemd.unit(5)), but for what generators make at each boot.
// Folders of packages come last: what they have for all services is the distribution's.
func loadPaths() (administrators []string, packages string) {
	return []string{
		"etc/systemd/system.control", "run/systemd/system.control", "run/systemd/transient", "etc/systemd/system", "etc/systemd/system.attached",
		"run/systemd/system", "run/systemd/system.attached", "usr/local/lib/systemd/system",
	}, "usr/lib/systemd/system"
}

// readTogether are folders of which a program reads every file, so that one more file changes what ours do.
func readTogether() []string {
	return []string{"etc/containerd/conf.d", "etc/containerd/certs.d", "etc/crio/crio.conf.d", "etc/cni/net.d", "etc/kubernetes/pki", "srv/kubernetes"}
}

// generated are where generators write at each boot, and whenever systemd reads units again. Those of mounts come from fstab; nothing else
// of a unit of harender's does.
func generated() []string {
	return []string{"run/systemd/generator.early", "run/systemd/generator", "run/systemd/generator.late"}
}

// readForAll are folders of administrators that systemd reads for each unit, or whose programs make units and their environment. What
// packages bring lies below usr/lib.
func readForAll() (out []string) {
	for _, at := range []string{"etc", "run", "usr/local/lib"} {
		for _, folder := range []string{"system.conf.d", "system-generators", "system-environment-generators"} {
			out = append(out, at+"/systemd/"+folder)
		}
	}
	return out
}

// ownUnits are the units that harender brings, or extends.
func ownUnits(want []Wanted) []string {
	var out []string
	for _, w := range want {
		if w.Sealed {
			out = append(out, unsealing)
		}
		rest, found := strings.CutPrefix(w.Path, units)
		name, _, below := strings.Cut(rest, "/")
		if name, extended := strings.CutSuffix(name, ".d"); found && (!below || extended) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// extending are the folders in which systemd looks for what is added to a unit: by its name, by the parts of that up to each dash,
// by the name of its template, and for all units of its type.
func extending(unit string) []string {
	kind := path.Ext(unit)
	stem := strings.TrimSuffix(unit, kind)
	names := []string{unit}
	if template, _, instance := strings.Cut(stem, "@"); instance {
		stem = template
		names = append(names, template+"@"+kind)
	}
	for i, r := range stem {
		if r == '-' && i > 0 && i < len(stem)-1 {
			names = append(names, stem[:i+1]+kind)
		}
	}
	var out []string
	for _, n := range names {
		out = append(out, n+".d")
	}
	for _, relation := range []string{".wants", ".requires", ".upholds"} {
		out = append(out, unit+relation)
	}
	return out
}

// foldersOf are the folders of the node in which nobody but harender has files, as far as files there change what runs. named are
// further ones, which files of the node name.
func foldersOf(want []Wanted, named []string) []string {
	out := slices.Clone(named)
	administrators, packages := loadPaths()
	own := ownUnits(want)
	if len(own) > 0 {
		out = append(out, readForAll()...)
	}
	if slices.Contains(own, "haproxy.service") {
		out = append(out, "etc/haproxy/conf.d") // The unit of some distributions has haproxy read all files there.
	}
	for _, unit := range own {
		at := append([]string{packages}, administrators...)
		if path.Ext(unit) != ".mount" {
			at = append(at, generated()...)
		}
		for _, folder := range extending(unit) {
			for _, at := range at {
				out = append(out, at+"/"+folder)
			}
		}
		for _, at := range administrators {
			out = append(out, at+"/"+strings.TrimPrefix(path.Ext(unit), ".")+".d")
		}
	}
	for _, folder := range readTogether() {
		if slices.ContainsFunc(want, func(w Wanted) bool { return strings.HasPrefix(w.Path, folder+"/") }) {
			out = append(out, folder)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// overriding are files that systemd reads in the place of a unit of harender's.
func overriding(want []Wanted) []string {
	var out []string
	administrators, _ := loadPaths()
	for _, unit := range ownUnits(want) {
		for _, at := range administrators {
			if at != "usr/local/lib/systemd/system" && at != "etc/systemd/system" { // A package's, or one that was installed by hand.
				out = append(out, at+"/"+unit)
			}
		}
		if path.Ext(unit) != ".mount" {
			out = append(out, generated()[0]+"/"+unit) // The others come after those of administrators.
		}
	}
	return out
}

// allowed reports whether something in one of the folders has a right to be there: a relation between two units of harender's, which
// systemctl enable makes, and the drop-in of kubeadm, where it comes from a package or where kubeadm starts the kubelet.
func allowed(name string, own []string, kubeadm bool) bool {
	if strings.HasSuffix(name, "/"+kubeadmDropIn) {
		return kubeadm || strings.HasPrefix(name, "usr/lib/")
	}
	relation := path.Ext(path.Dir(name))
	return slices.Contains([]string{".wants", ".requires", ".upholds"}, relation) && slices.Contains(own, path.Base(name))
}

var namedFolder = regexp.MustCompile(`(?m)(?:--config-dir=|--pod-manifest-path=|^staticPodPath: )"?/([A-Za-z0-9@%+=:,.~_/-]+)`)

// FoldersNamed are the folders that a file of the kubelet names, and of which the kubelet reads every file.
func FoldersNamed(file string, content []byte) []string {
	if !strings.HasPrefix(file, units+"kubelet.service") && !strings.HasPrefix(file, "var/lib/kubelet/") {
		return nil
	}
	var out []string
	for _, m := range namedFolder.FindAllSubmatch(content, -1) {
		out = append(out, strings.TrimPrefix(path.Clean("/"+string(m[1])), "/"))
	}
	return out
}
