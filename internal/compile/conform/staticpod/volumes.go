package staticpod

import (
	"slices"
	"strings"

	"github.com/harender/harender/internal/diag"
)

// projections are the sources of a projected volume (ProjectedVolumeSource).
func projections() []string {
	return []string{"secret", "downwardAPI", "configMap", "serviceAccountToken", "clusterTrustBundle", "podCertificate"}
}

// sources are the fields of a volume but its name. One without any is an emptyDir.
func sources(volume map[string]any) []string {
	return set(volume, slices.DeleteFunc(keys(volume), func(key string) bool { return key == "name" || strings.HasPrefix(key, "$") }))
}

// volumes have names of their own and one source each. A claim of a StatefulSet is one, too, and goes before one of its name.
func (j *judge) volumes(spec map[string]any, claims []map[string]any) {
	seen := map[string]bool{}
	for _, v := range objects(spec["volumes"]) {
		name := text(v["name"])
		if !j.label("volume", name) {
			continue
		}
		if seen[name] {
			j.refuse("remove one, or rename it and what mounts it", []string{name}, "two volumes are called %s", name)
		}
		seen[name] = true
		if s := sources(v); len(s) > 1 {
			j.refuse("a patch merges into the volume that there is: write "+s[len(s)-1]+": null beside "+s[0]+" (or the other way round), or give the volume another name",
				[]string{name, s[0]}, "volume %s has %d sources (%s)", name, len(s), strings.Join(s, ", "))
		}
		j.hostPath(name, object(v["hostPath"]))
		j.projected(name, object(v["projected"]))
	}
	for _, c := range claims {
		seen[text(object(c["metadata"])["name"])] = true
	}
	j.dangling(spec, seen)
}

// unmounted volumes are of no use: a patch lost a mount, or has another name for it.
func (j *judge) unmounted(spec map[string]any) {
	mounted := j.mounted(spec)
	for _, v := range objects(spec["volumes"]) {
		if name := text(v["name"]); name != "" && !mounted[name] && len(all(spec)) > 0 {
			j.tell(diag.Warning, "mount it (volumeMounts), or remove it", []string{name}, "no container mounts volume %s", name)
		}
	}
}

// mounted are the names of the volumes that a container mounts.
func (j *judge) mounted(spec map[string]any) map[string]bool {
	out := map[string]bool{}
	for _, c := range all(spec) {
		for _, m := range slices.Concat(objects(c["volumeMounts"]), objects(c["volumeDevices"])) {
			out[text(m["name"])] = true
		}
	}
	return out
}

// dangling mounts have no volume.
func (j *judge) dangling(spec map[string]any, volumes map[string]bool) {
	for _, c := range all(spec) {
		paths := map[string]bool{}
		for _, m := range objects(c["volumeMounts"]) {
			name, at := text(m["name"]), text(m["mountPath"])
			if !volumes[name] {
				j.refuse("add the volume, or remove the mount", []string{name}, "container %s mounts a volume %s, which there is not", text(c["name"]), diag.Quote(name))
			}
			switch {
			case at == "":
				j.refuse("write where the volume is mounted", []string{name}, "a mount of volume %s has no mountPath", diag.Quote(name))
			case paths[at]:
				j.refuse("mount one of them elsewhere", []string{at}, "container %s mounts two volumes at %s", text(c["name"]), at)
			case strings.Contains(at, ":"):
				j.refuse("write a path without a colon", []string{at}, "%s is no mountPath", diag.Quote(at))
			}
			paths[at] = true
			j.mount(c, m, name)
		}
	}
}

// mount judges how a volume is mounted.
func (j *judge) mount(c, m map[string]any, name string) {
	sub := text(m["subPath"])
	if strings.HasPrefix(sub, "/") || slices.Contains(strings.Split(sub, "/"), "..") {
		j.refuse("write a path below the volume, without ..", []string{sub, name}, "subPath %s of volume %s leaves the volume", diag.Quote(sub), name)
	}
	if sub != "" && text(m["subPathExpr"]) != "" {
		j.refuse("remove one", []string{"subPathExpr", name}, "a mount of volume %s has subPath and subPathExpr", name)
	}
	propagation := text(m["mountPropagation"])
	j.oneOf("mountPropagation", propagation, []string{"None", "HostToContainer", "Bidirectional"})
	if propagation == "Bidirectional" && object(c["securityContext"])["privileged"] != true {
		j.refuse("write HostToContainer, or make the container privileged", []string{"Bidirectional"}, "a mount of volume %s is Bidirectional, for which its container must be privileged", name)
	}
}

func (j *judge) hostPath(name string, source map[string]any) {
	if source == nil {
		return
	}
	at := text(source["path"])
	switch {
	case at == "":
		j.refuse("write the path on the host", []string{name}, "the hostPath of volume %s has no path", name)
	case slices.Contains(strings.Split(at, "/"), ".."):
		j.refuse("write the path without ..", []string{at}, "the hostPath %s of volume %s has ..", diag.Quote(at), name)
	}
	j.oneOf("type", text(source["type"]), []string{"DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"})
}

func (j *judge) projected(name string, source map[string]any) {
	for _, s := range objects(source["sources"]) {
		if kinds := set(s, projections()); len(kinds) > 1 {
			j.refuse("write each as an element of its own", []string{name}, "a source of the projected volume %s is of two kinds (%s)", name, strings.Join(kinds, ", "))
		}
	}
}
