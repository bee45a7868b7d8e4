package repository

import (
	"io/fs"
	"path"
	"strings"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/layout"
)

// publicKeyOf is what is public of a sealed key: the certificate that was issued for it, or its public key. It is empty where there
// is none below secrets/, as with what is no key.
func publicKeyOf(m plan.SecretFile, read func(name string) []byte) string {
	id, key := strings.CutSuffix(m.Source, layout.Key)
	if !key {
		return ""
	}
	if text := read(id + layout.Certificate); text != nil {
		return string(text)
	}
	return string(read(layout.Cluster + path.Base(id) + layout.PublicKey))
}

// addPublicKeys adds the witnesses of secrets to an output that was read.
func addPublicKeys(c compile.Compiled, output map[string]diff.Directory, secrets fs.FS) {
	read := func(name string) []byte {
		text, err := bounded.ReadFile(secrets, name, bounded.File)
		if err != nil {
			return nil // Without it, the key counts as another one.
		}
		return text
	}
	for _, n := range c.Plan.Nodes {
		files := output[n.Cluster.Name].Files
		for _, m := range n.Material {
			if f, found := files[m.Path]; found && f.Sealed {
				f.Public = publicKeyOf(m, read)
				files[m.Path] = f
			}
		}
	}
}
