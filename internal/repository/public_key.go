package repository

import (
	"io/fs"
	"path"
	"strings"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/keys/issue"
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

// madeOf says what the copies of secrets are made of that are sealed again with each change of who opens them: the pins of these
// secrets, and the rest of a table's rows.
type madeOf struct {
	secrets fs.FS
	pins    map[string][]string
	// stays reports whether a build leaves the value of a secret as it is.
	stays func(id string) bool
}

// addContents adds what is public of copies to the files of the nodes. What has no pin counts as another content.
func (x madeOf) addContents(c compile.Compiled, directories map[string]diff.Directory) {
	copies := map[string]plan.Copy{}
	for _, cp := range c.Plan.Copies {
		copies[cp.ID] = cp
	}
	for _, n := range c.Plan.Nodes {
		files := directories[n.Cluster.Name].Files
		for _, m := range n.Material {
			folder, base := path.Split(m.Source)
			stem, _, _ := strings.Cut(base, ".")
			f, found := files[m.Path]
			cp, copied := copies[folder+stem]
			if found && copied && f.Sealed && f.Public == "" {
				f.Public = x.content(cp, f.Planned != nil)
				files[m.Path] = f
			}
		}
	}
}

// content is a name for what a copy holds, or will hold once it is made again, the same for equal content; empty where nobody can
// tell.
func (x madeOf) content(c plan.Copy, planned bool) string {
	if len(c.Rows) == 0 {
		return x.secret(c.Source, planned)
	}
	rows, ok := x.rows(c, planned)
	var out strings.Builder
	for _, row := range rows {
		id, _, _ := strings.Cut(row, " ")
		held := x.secret(id, planned)
		ok = ok && held != ""
		out.WriteString(held + " " + row + "\n")
	}
	if !ok {
		return ""
	}
	return out.String()
}

// rows of a table, without the secrets: their IDs, and the fields. Those of the table that is there stand beside it.
func (x madeOf) rows(c plan.Copy, planned bool) (out []string, ok bool) {
	if planned {
		for _, row := range c.Rows {
			out = append(out, row.Source+" "+issue.Fields(row))
		}
		return out, true
	}
	text, err := bounded.ReadFile(x.secrets, c.ID+layout.Source, bounded.File)
	for row := range strings.Lines(string(text)) {
		_, rest, _ := strings.Cut(strings.TrimSpace(row), " ") // What comes first is the hash of a sealed file.
		out = append(out, rest)
	}
	return out, err == nil
}

// secret names the pins of a secret, and which of its slots there are: with a rotation it changes what is first among several.
func (x madeOf) secret(id string, planned bool) string {
	pins := x.pins[id]
	if len(pins) == 0 || planned && !x.stays(id) {
		return ""
	}
	out := strings.Join(pins, " ")
	for _, slot := range layout.Slots() {
		if _, err := fs.Stat(x.secrets, id+slot+layout.Config); err == nil {
			out += " " + slot
		}
	}
	return out
}
