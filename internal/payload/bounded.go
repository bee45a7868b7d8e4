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

// bounded is the payload as it is, or compressed, whichever the platform takes; or what points to it.
func bounded(h host, r Request) ([]Artifact, Summary, diag.List, error) {
	least := 0
	for _, form := range makers(r) {
		f, err := form(h, r)
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
	var small, large []byte
	var hash string
	var err error
	name := h.name + extension(r.Format)
	full := h.name + ".ign"
	if r.Format == CloudInit {
		full = h.name + ".tar.gz"
	}
	url := strings.TrimSuffix(r.URL, "/") + "/" + full
	if r.Format == Ignition {
		if large, err = ignition(h, r.IgnitionVersion, r.Disks, r.Compress); err == nil {
			small, hash, err = ignitionPointTo(large, r.IgnitionVersion, url)
		}
	} else {
		if large, err = tarball(h.files); err == nil {
			large, err = gzipped(large)
		}
		if err == nil {
			small, hash, err = cloudInitPointTo(h, large, url)
		}
	}
	if err != nil {
		return nil, Summary{}, nil, err
	}
	size := r.Platform.size(small)
	if !r.Platform.takes(size) {
		return nil, Summary{}, diag.List{tooLarge(h, r, size)}, nil
	}
	full = "full/" + full
	return []Artifact{single(h, name, small), single(h, full, large)},
		Summary{Node: h.name, File: name, Bytes: size, Full: &Full{File: full, URL: url, Bytes: len(large), Hash: hash}}, nil, nil
}
