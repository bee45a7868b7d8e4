package payload

import (
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/secret"
)

// Make packs the nodes. In the list is what is too large for the platform and has nowhere to be fetched from, and files of the
// tree in the places of the payload's own.
func Make(nodes []Node, r Request) (Made, diag.List, error) {
	hosts := make([]host, 0, len(nodes))
	var list diag.List
	for _, n := range nodes {
		h := hostOf(n, r.Memory)
		hosts = append(hosts, h)
		list = append(list, slices.Concat(h.taken(), h.odd())...)
	}
	if list.HasErrors() {
		return Made{}, list, nil
	}
	if r.Format == Ansible {
		files, err := playbook(hosts)
		return Made{Files: files, Nodes: []Summary{{File: ".", Bytes: total(files)}}}, list, err
	}
	var made Made
	for _, h := range hosts {
		files, summary, found, err := makeOne(h, r)
		if err != nil {
			return Made{}, nil, fmt.Errorf("the payload of %s: %w", h.name, err)
		}
		made.Files = append(made.Files, files...)
		made.Nodes = append(made.Nodes, summary)
		list = append(list, found...)
	}
	return made, list, nil
}

func makeOne(h host, r Request) ([]Artifact, Summary, diag.List, error) {
	switch r.Format {
	case Dir:
		files, summary := directory(h, r.Alone)
		return files, summary, nil, nil
	case Tar:
		content, err := tarball(h.files)
		name, encoding := h.name+".tar", ""
		if r.Compress && err == nil {
			name, encoding = name+".gz", gzipRaw
			content, err = gzipped(content)
		}
		return []Artifact{single(h, name, content)}, Summary{Node: h.name, File: name, Bytes: len(content), Encoding: encoding}, nil, err
	}
	return fit(h, r)
}

// directory has the files as they are; alone, the directory is the node's root.
func directory(h host, alone bool) ([]Artifact, Summary) {
	root := h.name
	if alone {
		root = "."
	}
	var out []Artifact
	for _, f := range h.files {
		out = append(out, Artifact{Path: path.Join(root, f.Path), Mode: f.Mode, Owner: f.Owner, Group: f.Group, Content: f.Content})
	}
	return out, Summary{Node: h.name, File: root, Bytes: total(out)}
}

func total(files []Artifact) int {
	n := 0
	for _, f := range files {
		n += len(f.Content.Reveal())
	}
	return n
}

// modeOf keeps opened keys to the account that asked for them.
func modeOf(files []File) fs.FileMode {
	if slices.ContainsFunc(files, func(f File) bool { return f.Opened }) {
		return 0o600
	}
	return 0o644
}

func single(h host, name string, content []byte) Artifact {
	return Artifact{Path: name, Mode: modeOf(h.files), Content: secret.NewPlain(content)}
}
