package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/adopt"
	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/layout"
)

// maxImported bounds a file in bytes: no file of a PKI is nearly as long.
const maxImported = 1 << 20

// readAll reads the files at the paths and below them, and wipes their bytes again.
func readAll(paths []string) adopt.Found {
	var files []adopt.File
	defer func() {
		for _, f := range files {
			f.Content.Wipe()
		}
	}()
	var list diag.List
	for _, path := range paths {
		err := filepath.WalkDir(path, func(name string, e fs.DirEntry, err error) error {
			if err != nil {
				list = append(list, unreadable(name, err))
				return nil
			}
			if e.IsDir() || name != path && strings.HasSuffix(name, layout.Sealed) {
				return nil // What is sealed is nothing new.
			}
			f, found := readFile(name)
			list = append(list, found...)
			files = append(files, f...)
			return nil
		})
		if err != nil {
			list = append(list, unreadable(path, err))
		}
	}
	found := adopt.Read(files)
	found.Problems = slices.Concat(list, found.Problems)
	return found
}

func unreadable(name string, err error) diag.Diagnostic {
	return diag.Diagnostic{
		Summary: "cannot read " + diag.Quote(name) + ": " + diag.Cause(err).Error(),
		Hint:    "name directories or files that you may read", Pos: diag.Pos{File: name},
	}
}

// readFile reads a regular file, or what a link leads to if that is one. What is neither, or longer than any key or
// certificate, is passed over.
func readFile(name string) ([]adopt.File, diag.List) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, diag.List{unreadable(name, err)}
	}
	if !info.Mode().IsRegular() || info.Size() > maxImported {
		return nil, nil
	}
	text, err := bounded.ReadFile(os.DirFS(filepath.Dir(name)), filepath.Base(name), maxImported)
	if err != nil {
		return nil, diag.List{unreadable(name, err)}
	}
	return []adopt.File{{Name: filepath.ToSlash(name), Content: secret.NewPlain(text)}}, nil
}
