package layer

import (
	"errors"
	"io/fs"
	"path"

	"github.com/harender/harender/internal/diag"
)

// CheckFolders finds what stands where a repository has a folder of layers and is none, so that the built-in one of the same
// name would be hidden, or the layer be missed. Links to overlays are not followed: they can lead in circles.
func CheckFolders(repository fs.FS) diag.List {
	var list diag.List
	for _, root := range folders {
		if d, wrong := checkFolder(repository, root); wrong {
			list = append(list, d)
		}
	}
	if info, err := fs.Lstat(repository, "overlays"); err != nil || !info.IsDir() {
		return list // To open a pipe would wait for ever.
	}
	entries, _ := fs.ReadDir(repository, "overlays") // What cannot be read is told by who reads the layers.
	for _, e := range entries {
		if e.Type() != fs.ModeSymlink || hidden(e.Name()) {
			continue
		}
		// A link to a file is none to an overlay.
		name := path.Join("overlays", e.Name())
		if info, err := fs.Stat(repository, name); err == nil && !info.IsDir() {
			continue
		}
		if d, wrong := checkFolder(repository, name); wrong {
			list = append(list, d)
		}
	}
	return list
}

func checkFolder(repository fs.FS, name string) (diag.Diagnostic, bool) {
	info, err := fs.Lstat(repository, name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.IsDir() {
		return diag.Diagnostic{}, false
	}
	d := diag.Diagnostic{Pos: diag.Pos{File: name}, Hint: "make it a folder, or remove it"}
	switch {
	case err != nil:
		d.Summary = "cannot read " + name + ": " + diag.Cause(err).Error()
	case info.Mode().Type() == fs.ModeSymlink:
		d.Summary = name + " is a symbolic link, and layers are plain folders"
		if target, err := fs.ReadLink(repository, name); err == nil {
			d.Detail = "It leads to " + diag.Quote(target) + "."
			d.Hint = "put the folder itself there: remove the link, and move or copy " + target + " to " + name
		}
	default:
		d.Summary = name + " is a file, and layers are folders"
	}
	return d, true
}
