package conform

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/diag"
)

var tagged = regexp.MustCompile(`^v?(\d+\.\d+)\.\d+`)

// imageOfAnother finds an image of another component than the program, or one whose tag is of another minor than the flags were
// judged for. Images of other names, and tags that are no version, may hold anything.
func imageOfAnother(p program, c release.Component) []problem {
	name, _, _ := strings.Cut(p.image, "@")
	base, tag, _ := strings.Cut(path.Base(name), ":")
	if _, known := programFlags()[base]; known && base != p.name && programFlags()[p.name] != nil {
		return []problem{{
			words: []string{base, p.image}, subject: subject{table: pairTable, component: p.name},
			finding: diag.Diagnostic{
				Summary: fmt.Sprintf("the image of %s is that of %s", p.name, base), Detail: "The image is " + diag.Escape(p.image) + ".",
				Hint: "write an image of " + p.name,
			},
		}}
	}
	m := tagged.FindStringSubmatch(tag)
	if m == nil || base != p.name || c.Version == "" || m[1] == c.Version {
		return nil
	}
	return []problem{{
		words: []string{tag, base}, subject: subject{table: pairTable, component: p.name},
		finding: diag.Diagnostic{
			Summary: fmt.Sprintf("the image of %s is of %s, and its flags are of %s", p.name, m[1], c.Version),
			Detail:  "The image is " + diag.Escape(p.image) + ".",
			Hint:    "write an image of " + c.Version + ", or a kubernetesVersion whose " + p.name + " is of " + m[1],
		},
	}}
}
