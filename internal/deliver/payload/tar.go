package payload

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"time"
)

// changed is when all files of an archive were changed, in seconds since 1970: equal trees give equal bytes. It is the first
// moment of 1980; GNU tar finds that of 1970 implausible, and says so for every file.
const changed = 315532800

// tarball is an archive of files, which belong to accounts by name: a tar that knows no such account makes root their owner.
func tarball(files []File) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		content := f.Content.Reveal()
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: f.Path, Mode: int64(f.Mode), Uname: f.Owner, Gname: f.Group, Size: int64(len(content)), ModTime: time.Unix(changed, 0),
		}
		if err := w.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("%s in the archive: %w", f.Path, err)
		}
		if _, err := w.Write(content); err != nil {
			return nil, fmt.Errorf("%s in the archive: %w", f.Path, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("ending the archive: %w", err)
	}
	return b.Bytes(), nil
}

// gzipped has no time and no name in it.
func gzipped(content []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	if _, err := w.Write(content); err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	return b.Bytes(), nil
}
