//go:build e2e

package e2e

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"runtime"
	"slices"
)

// image is a container image of one layer.
type image struct {
	tag        string
	entrypoint []string
	// files maps a path in the image to a file of this machine, which is copied with its mode.
	files map[string]string
	// links maps a path in the image to what it leads to.
	links map[string]string
	// texts maps a path in the image to contents.
	texts map[string]string
}

// writeArchive writes the image in the form of `docker save`, which containerd imports.
func (im image) writeArchive(archive string) error {
	layer := archive + ".layer"
	defer func() { _ = os.Remove(layer) }()
	diffID, err := im.writeLayer(layer)
	if err != nil {
		return fmt.Errorf("layer of %s: %w", im.tag, err)
	}
	config, err := im.config(diffID)
	if err != nil {
		return err
	}
	manifest, err := json.Marshal([]map[string]any{
		{"Config": "config.json", "RepoTags": []string{im.tag}, "Layers": []string{"layer.tar"}},
	})
	if err != nil {
		return err
	}
	return writeTar(archive, func(w *tar.Writer) error {
		if err := addText(w, "config.json", config); err != nil {
			return err
		}
		if err := addText(w, "manifest.json", manifest); err != nil {
			return err
		}
		return addFile(w, "layer.tar", layer)
	})
}

// config is the image's OCI configuration.
func (im image) config(diffID string) ([]byte, error) {
	return json.Marshal(map[string]any{
		"architecture": runtime.GOARCH,
		"os":           "linux",
		"config":       map[string]any{"Entrypoint": im.entrypoint, "Env": hostEnv()[:1]},
		"rootfs":       map[string]any{"type": "layers", "diff_ids": []string{diffID}},
	})
}

// writeLayer gives the digest of the layer's bytes.
func (im image) writeLayer(file string) (string, error) {
	err := writeTar(file, func(w *tar.Writer) error {
		if err := im.addFolders(w); err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(im.files)) {
			if err := addFile(w, name, im.files[name]); err != nil {
				return err
			}
		}
		for _, name := range slices.Sorted(maps.Keys(im.links)) {
			header := &tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: im.links[name], Mode: 0o777}
			if err := w.WriteHeader(header); err != nil {
				return err
			}
		}
		for _, name := range slices.Sorted(maps.Keys(im.texts)) {
			if err := addText(w, name, []byte(im.texts[name])); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return digest(file)
}

// addFolders adds the folders of everything in the image, and /tmp.
func (im image) addFolders(w *tar.Writer) error {
	folders := map[string]int64{"tmp": 0o1777, "run": 0o755, "var": 0o755, "var/run": 0o755}
	for _, set := range []map[string]string{im.files, im.links, im.texts} {
		for name := range set {
			for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
				folders[dir] = 0o755
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(folders)) {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: folders[name]}); err != nil {
			return err
		}
	}
	return nil
}

// writeTar creates a file with what add puts in it.
func writeTar(file string, add func(*tar.Writer) error) (err error) {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
	}()
	w := tar.NewWriter(f)
	if err := add(w); err != nil {
		return err
	}
	return w.Close()
}

func addText(w *tar.Writer, name string, text []byte) error {
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
		return err
	}
	_, err := w.Write(text)
	return err
}

func addFile(w *tar.Writer, name, from string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: int64(info.Mode().Perm()), Size: info.Size()}); err != nil {
		return err
	}
	_, err = io.Copy(w, f)
	return err
}

func digest(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return fmt.Sprintf("sha256:%x", h.Sum(nil)), nil
}
