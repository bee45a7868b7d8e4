package issue

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/layout"
)

// newCredential is a token or a password: 43 letters, digits, - and _ of 256 random bits.
func newCredential(rand io.Reader) (secret.Plain, error) {
	random := make([]byte, 32)
	if _, err := io.ReadFull(rand, random); err != nil {
		return secret.Plain{}, fmt.Errorf("making a token: %w", err)
	}
	defer clear(random)
	return secret.NewPlain(base64.RawURLEncoding.AppendEncode(nil, random)), nil
}

// isCredential reports whether the secret looks as newCredential makes it.
func isCredential(plain secret.Plain) bool {
	random := make([]byte, 33)
	defer clear(random)
	n, err := base64.RawURLEncoding.Strict().Decode(random, plain.Reveal()[:min(43, len(plain.Reveal()))])
	return err == nil && n == 32 && len(plain.Reveal()) == 43
}

// assessRemovedUsers finds the secrets of users whom the spec no longer has. They are moved away, so that a user of that name who
// comes later gets another secret.
func (r *assessor) assessRemovedUsers() []*item {
	planned := map[string]bool{}
	for _, g := range r.generated {
		planned[g.sealedName] = true
	}
	var out []*item
	for _, kind := range []struct{ folder, name string }{{layout.Passwords, plan.Password}, {layout.Tokens, plan.Token}} {
		entries, err := fs.ReadDir(r.files, kind.folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			it := &item{id: kind.folder, action: Kept}
			it.fail(diag.Diagnostic{Summary: "cannot read " + layout.Secrets + kind.folder, Detail: err.Error(), Pos: diag.Pos{File: layout.Secrets + kind.folder}})
			return []*item{it}
		}
		for _, e := range entries {
			user, ours := strings.CutSuffix(e.Name(), extension(kind.name))
			if name := kind.folder + "/" + e.Name(); ours && !planned[name] {
				out = append(out, r.retire(kind.folder+"/"+user, name, extension(kind.name)))
			}
		}
	}
	return out
}

func (r *assessor) retire(id, name, extension string) *item {
	it := &item{id: id, sealedName: name, removed: name}
	it.due(Retired, "the spec has no such user")
	if sealed := r.read(it, name); sealed != nil {
		it.retired = []file{{retiredSecret(id, sealed, extension), sealed}}
	}
	return it
}
