package issue

import (
	"errors"
	"io/fs"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

// store is secrets/ as this run sees it: a step of a rotation moves files in its mind alone, until all is made.
type store struct {
	files fs.FS
	moved moved
}

// read gives a file below secrets/, or nil if there is none.
func (r *store) read(it *item, name string) []byte {
	data, err := bounded.ReadFile(r.files, name, bounded.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		it.fail(diag.Diagnostic{Summary: "cannot read " + layout.Secrets + name, Detail: err.Error(), Pos: diag.Pos{File: layout.Secrets + name}})
		return nil
	case data == nil:
		return []byte{}
	}
	return data
}
