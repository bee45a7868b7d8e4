package conform

import (
	"path"
	"slices"
	"strings"

	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
)

// hostView is what a unit sees: the node's own file system.
type hostView struct {
	files map[string]tree.File
	// folders have delivered files in them.
	folders map[string]bool
}

// foldersOf are the folders that files lie in, with theirs, but the first two levels: /etc is everybody's.
func foldersOf(files map[string]tree.File) map[string]bool {
	out := map[string]bool{}
	for name := range files {
		for dir := path.Dir(name); strings.Count(dir, "/") > 1; dir = path.Dir(dir) {
			out[dir] = true
		}
	}
	return out
}

// find: in a folder that is delivered, what is not delivered is not there. Others are the host's, which may have anything.
func (h hostView) find(u pathUse) (tree.File, diag.Diagnostic, bool) {
	at := path.Clean(u.path)
	f, ok := h.files[at]
	if ok || u.writes || h.folders[at] || !h.folders[path.Dir(at)] {
		return f, diag.Diagnostic{}, false
	}
	d := diag.Diagnostic{
		Summary: u.name() + " names " + at + ", which is not delivered", Detail: "harender delivers what else lies in " + path.Dir(at) + ".",
		Hint: "add the file by a mixin (files+: { '" + at[1:] + "': ... }), or name a folder that is the host's own",
	}
	if near := diag.Nearest(at, h.beside(at)); near != "" {
		d.Hint = "did you mean " + near + "? If not, " + d.Hint
	}
	return f, d, true
}

// beside are the files of the same folder.
func (h hostView) beside(at string) []string {
	var out []string
	for name := range h.files {
		if path.Dir(name) == path.Dir(at) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// podMount is a volume as a container has it.
type podMount struct {
	at, volume string
	// host is the path on the node; none for what is no hostPath.
	host     string
	readOnly bool
}

// podView is what a container sees.
type podView struct {
	host hostView
	// mounts, the deepest first.
	mounts []podMount
	// readOnly root file system.
	readOnly bool
	name     string
}

func newPodView(host hostView, spec, c object) podView {
	security, _ := c["securityContext"].(object)
	v := podView{host: host, name: text(c["name"]), readOnly: security["readOnlyRootFilesystem"] == true}
	volumes, _ := spec["volumes"].([]any)
	mounts, _ := c["volumeMounts"].([]any)
	for _, element := range mounts {
		m, _ := element.(object)
		mount := podMount{at: path.Clean("/" + text(m["mountPath"])), volume: text(m["name"]), readOnly: m["readOnly"] == true}
		for _, each := range volumes {
			volume, _ := each.(object)
			source, isHost := volume["hostPath"].(object)
			if isHost && text(volume["name"]) == mount.volume {
				mount.host = path.Join(text(source["path"]), text(m["subPath"]))
			}
		}
		v.mounts = append(v.mounts, mount)
	}
	slices.SortStableFunc(v.mounts, func(a, b podMount) int { return len(b.at) - len(a.at) })
	return v
}

// imageFolders are an image's own, in which a program may read what nobody mounts.
func imageFolders() []string {
	return []string{"/usr", "/opt", "/etc/ssl", "/etc/pki", "/dev", "/proc", "/sys", "/bin", "/lib"}
}

func below(name, dir string) bool {
	return dir == "/" || name == dir || strings.HasPrefix(name, dir+"/")
}

func (v podView) find(u pathUse) (tree.File, diag.Diagnostic, bool) {
	at := path.Clean(u.path)
	i := slices.IndexFunc(v.mounts, func(m podMount) bool { return below(at, m.at) })
	if i < 0 {
		d, wrong := v.unmounted(u, at)
		return tree.File{}, d, wrong
	}
	m := v.mounts[i]
	if u.writes {
		d, wrong := v.written(u, at, m)
		return tree.File{}, d, wrong
	}
	if m.host == "" {
		d, wrong := v.hidden(u, at, m, v.mounts[i+1:])
		return tree.File{}, d, wrong
	}
	on := path.Join(m.host, strings.TrimPrefix(at, m.at))
	f, ok := v.host.files[on]
	// A volume of a folder that is not delivered is brought by the host.
	if ok || v.host.folders[on] || !v.host.folders[path.Dir(on)] {
		return f, diag.Diagnostic{}, false
	}
	_, d, wrong := v.host.find(pathUse{program: u.program, flag: u.flag, within: u.within, path: on})
	return f, d, wrong
}

// written paths take what is written, and keep it where it is the data of the cluster.
func (v podView) written(u pathUse, at string, m podMount) (diag.Diagnostic, bool) {
	d := diag.Diagnostic{Detail: "Container " + v.name + " has volume " + m.volume + " at " + m.at + "."}
	switch {
	case m.readOnly:
		d.Summary, d.Hint = u.name()+" writes to "+at+", which is mounted read-only", "name a path below another mount, or remove readOnly there"
	case m.host == "" && u.keeps():
		d.Summary, d.Hint = u.name()+" writes to "+at+", which is lost with the pod", "let volume "+m.volume+" be a hostPath"
	default:
		return d, false
	}
	return d, true
}

// keeps reports whether what is written must outlive the pod.
func (u pathUse) keeps() bool { return u.flag == "data-dir" || u.flag == "wal-dir" }

// unmounted paths are the image's, which has no file of the node, and whose root file system may be read-only.
func (v podView) unmounted(u pathUse, at string) (diag.Diagnostic, bool) {
	if slices.ContainsFunc(imageFolders(), func(dir string) bool { return below(at, dir) }) {
		return diag.Diagnostic{}, false
	}
	d := diag.Diagnostic{
		Summary: u.name() + " names " + at + ", which lies below no mount of container " + v.name,
		Hint:    "name a path below a mount (" + strings.Join(v.folders(u.writes), ", ") + "), or add a volume for it",
	}
	if _, isFile := v.host.files[at]; isFile {
		d.Detail = "The node has the file, and the container does not see it."
	}
	if u.writes {
		d.Summary = u.name() + " writes to " + at + ", which lies below no mount of container " + v.name
		d.Detail = "The root file system of the container is read-only."
	}
	if u.writes && !v.readOnly {
		d.Detail = "What is written there is lost with the container."
	}
	return d, !u.writes || v.readOnly || u.keeps()
}

// folders that are mounted, those that can be written to or all of them.
func (v podView) folders(writable bool) []string {
	var out []string
	for _, m := range v.mounts {
		if !writable || !m.readOnly {
			out = append(out, m.at)
		}
	}
	slices.Sort(out)
	return out
}

// hidden finds a delivered file that lies below a mount of something else.
func (v podView) hidden(u pathUse, at string, by podMount, outer []podMount) (diag.Diagnostic, bool) {
	for _, m := range outer {
		if !below(at, m.at) || m.host == "" {
			continue
		}
		if _, ok := v.host.files[path.Join(m.host, strings.TrimPrefix(at, m.at))]; ok {
			return diag.Diagnostic{
				Summary: u.name() + " names " + at + ", which volume " + by.volume + " hides",
				Detail:  "Container " + v.name + " has it mounted at " + by.at + ", over volume " + m.volume + ".", Hint: "mount volume " + by.volume + " elsewhere",
			}, true
		}
	}
	return diag.Diagnostic{}, false
}
