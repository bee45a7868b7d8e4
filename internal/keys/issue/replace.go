package issue

import (
	"errors"
	"io/fs"
	"slices"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

// retireReplaced retires the tokens and passwords that are to be replaced, in the mind of this run, so that others are made.
func (r *rotator) retireReplaced(p plan.Plan) diag.List {
	names := map[string]string{}
	for _, g := range p.Generated {
		if !slices.Contains(r.in.Replace, g.ID) {
			continue
		}
		name := g.ID + extension(g.Kind)
		sealed, err := bounded.ReadFile(r.files, name, bounded.File)
		switch {
		case errors.Is(err, fs.ErrNotExist): // It is made anyway.
		case err != nil:
			return diag.List{{Summary: "cannot read " + layout.Secrets + name, Detail: err.Error(), Pos: diag.Pos{File: layout.Secrets + name}}}
		default:
			names[name] = retiredSecret(g.ID, sealed, extension(g.Kind))
		}
	}
	if len(names) == 0 {
		return nil
	}
	if err := r.rename(names); err != nil {
		return diag.List{{Summary: "cannot read " + layout.Secrets, Detail: err.Error(), Pos: diag.Pos{File: layout.Secrets}}}
	}
	return nil
}

// retiredSecret is where a secret goes that has no serial number. The hash makes it unique.
func retiredSecret(id string, sealed []byte, extension string) string {
	return layout.Retired(id, fingerprint(sealed), extension)
}
