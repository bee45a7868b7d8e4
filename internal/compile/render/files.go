package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
)

func filesOf(specs map[string]json.RawMessage) ([]tree.File, diag.List) {
	var out []tree.File
	var list diag.List
	for _, name := range slices.Sorted(maps.Keys(specs)) {
		f, err := fileOf(name, specs[name])
		if err != nil {
			list = append(list, diag.Diagnostic{
				Summary: "the layers give the file " + diag.Quote(name) + " wrongly: " + err.Error(),
				Hint:    "a file is { text: '...', mode: '0644' } or { object: { ... }, mode: '0600' }, by its path from the node's root without a leading slash",
			})
			continue
		}
		out = append(out, f)
	}
	return out, list
}

func fileOf(name string, data json.RawMessage) (tree.File, error) {
	var s fileSpec
	if err := bounded.JSON(data, &s); err != nil {
		return tree.File{}, errors.New(bounded.JSONWords(err))
	}
	if !fs.ValidPath(name) {
		return tree.File{}, errors.New("it is no path below the node's root")
	}
	if strings.HasPrefix(name, manifests) {
		return tree.File{}, errors.New("a kubelet takes whatever lies in that folder for a pod; a Component adds pods, as resources")
	}
	mode, err := strconv.ParseUint(s.Mode, 8, 9)
	if err != nil || len(s.Mode) != len("0644") {
		return tree.File{}, fmt.Errorf("mode %s is not four octal digits", diag.Quote(s.Mode))
	}
	given := 0
	for _, has := range []bool{s.Text != nil, s.Object != nil, s.Objects != nil} {
		if has {
			given++
		}
	}
	if given != 1 {
		return tree.File{}, errors.New("it has none or several of text, object and objects")
	}
	content, err := contentOf(s)
	return tree.File{Path: name, Mode: fs.FileMode(mode), Owner: Owner, Group: Owner, Content: content, Restarts: s.Restarts}, err
}

func contentOf(s fileSpec) (tree.Content, error) {
	if s.Text != nil {
		return tree.Clear([]byte(*s.Text)), nil
	}
	if s.Object != nil {
		text, err := toYAML(s.Object)
		return tree.Clear(text), err
	}
	documents := make([][]byte, len(s.Objects))
	for i, o := range s.Objects {
		text, err := toYAML(o)
		if err != nil {
			return tree.Content{}, err
		}
		documents[i] = text
	}
	return tree.Clear(bytes.Join(documents, []byte("---\n"))), nil
}
