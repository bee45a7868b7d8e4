package payload

import (
	"fmt"
	"strings"

	"github.com/harender/harender/internal/diag"
)

// form is a payload in an encoding.
type form struct {
	content []byte
	// encoding is empty, gzip or gzip+base64, and suffix what it adds to the name of a file.
	encoding, suffix string
}

// fit gives the payload as it is, or compressed, whichever the platform takes; or what points to it.
func fit(h host, r Request) ([]Artifact, Summary, diag.List, error) {
	least := 0
	for _, makeForm := range makers(r) {
		f, err := makeForm(h, r)
		if err != nil {
			return nil, Summary{}, nil, err
		}
		size := r.Platform.size(f.content)
		if r.Platform.takes(size) {
			name := h.name + extension(r.Format) + f.suffix
			return []Artifact{single(h, name, f.content)}, Summary{Node: h.name, File: name, Bytes: size, Encoding: f.encoding}, nil, nil
		}
		if least == 0 || size < least {
			least = size
		}
	}
	if r.URL == "" {
		return nil, Summary{}, diag.List{tooLarge(h, r, least)}, nil
	}
	return pointer(h, r)
}

func extension(f Format) string {
	if f == Ignition {
		return ".ign"
	}
	return ".cloud-config"
}

// maker makes a form.
type maker = func(h host, r Request) (form, error)

// makers make the payload's forms, the most readable first. Ignition unpacks files everywhere, and itself where the platform says so.
func makers(r Request) []maker {
	var out []maker
	if !r.Compress {
		out = append(out, plainForm)
	}
	if encoding := r.encoding(); encoding != "" {
		return append(out, func(h host, r Request) (form, error) { return packedForm(h, r, encoding) })
	}
	if r.Format == Ignition {
		return append(out, func(h host, r Request) (form, error) {
			content, err := ignition(h, r.IgnitionVersion, r.Disks, true)
			return form{content: content}, err
		})
	}
	return []maker{plainForm}
}

// encoding is how the payload is compressed as a whole; empty where nobody unpacks it.
func (r Request) encoding() string {
	if r.Platform.Name == "" && r.Format == CloudInit {
		return gzipRaw
	}
	return r.Platform.Gzip[r.Format]
}

func plainForm(h host, r Request) (form, error) {
	if r.Format == Ignition {
		content, err := ignition(h, r.IgnitionVersion, r.Disks, false)
		return form{content: content}, err
	}
	content, err := cloudInit(h)
	return form{content: content}, err
}

func packedForm(h host, r Request, encoding string) (form, error) {
	f, err := plainForm(h, r)
	if err != nil {
		return form{}, err
	}
	f.content, err = packed(f.content, encoding)
	f.encoding, f.suffix = encoding, ".gz"
	if encoding == gzipBase64 {
		f.suffix = ".gz.b64"
	}
	return f, err
}

// tooLarge tells of the smallest form.
func tooLarge(h host, r Request, least int) diag.Diagnostic {
	return diag.Diagnostic{
		Summary: fmt.Sprintf("the payload of %s has %d bytes, and %s takes %d", h.name, least, r.Platform.Name, r.Platform.Bytes),
		Detail:  "that is its smallest form that " + string(r.Format) + " reads there; the bound is that of " + strings.Join(r.Platform.Source, ", "),
		Hint:    "--url https://HOST/PATH makes a small payload that fetches the large one from there, and checks it by its hash",
	}
}

// pointer is the small payload, and in the folder full the large one that it fetches.
func pointer(h host, r Request) ([]Artifact, Summary, diag.List, error) {
	file, large, err := whole(h, r)
	if err != nil {
		return nil, Summary{}, nil, err
	}
	full := Full{File: "full/" + file, URL: strings.TrimSuffix(r.URL, "/") + "/" + file, Bytes: len(large)}
	var small []byte
	if r.Format == Ignition {
		small, full.Hash, err = ignitionPointTo(large, r.IgnitionVersion, full.URL)
	} else {
		small, full.Hash, err = cloudInitPointTo(h, large, full.URL)
	}
	if err != nil {
		return nil, Summary{}, nil, err
	}
	size := r.Platform.size(small)
	if !r.Platform.takes(size) {
		return nil, Summary{}, diag.List{tooLarge(h, r, size)}, nil
	}
	name := h.name + extension(r.Format)
	return []Artifact{single(h, name, small), single(h, full.File, large)}, Summary{Node: h.name, File: name, Bytes: size, Full: &full}, nil, nil
}

// whole is what a pointer leads to, and the name of its file.
func whole(h host, r Request) (file string, content []byte, err error) {
	if r.Format == Ignition {
		content, err = ignition(h, r.IgnitionVersion, r.Disks, r.Compress)
		return h.name + extension(r.Format), content, err
	}
	if content, err = tarball(h.files); err == nil {
		content, err = gzipped(content)
	}
	return h.name + ".tar.gz", content, err
}
