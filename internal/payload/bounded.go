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
	forms, err := formsOf(h, r)
	if err != nil {
		return nil, Summary{}, nil, err
	}
	for _, f := range forms {
		if size := r.Platform.size(f.content); r.Platform.takes(size) {
			name := h.name + extension(r.Format) + f.suffix
			return []Artifact{single(h, name, f.content)}, Summary{Node: h.name, File: name, Bytes: size, Encoding: f.encoding}, nil, nil
		}
	}
	if r.URL == "" {
		return nil, Summary{}, diag.List{tooLarge(h, r, forms)}, nil
	}
	return pointer(h, r)
}

func extension(f Format) string {
	if f == Ignition {
		return ".ign"
	}
	return ".cloud-config"
}

// formsOf are the payload's forms, the most readable first. Ignition unpacks files everywhere, and itself where the platform
// says so.
func formsOf(h host, r Request) ([]form, error) {
	var plain, small []byte
	var err error
	if r.Format == Ignition {
		if plain, err = ignition(h, r.IgnitionVersion, r.Disks, false); err == nil {
			small, err = ignition(h, r.IgnitionVersion, r.Disks, true)
		}
	} else {
		plain, err = cloudInit(h)
	}
	if err != nil {
		return nil, err
	}
	var forms []form
	if !r.Compress {
		forms = append(forms, form{content: plain})
	}
	encoding := r.Platform.Gzip[r.Format]
	if r.Platform.Name == "" && r.Format == CloudInit {
		encoding = gzipRaw
	}
	if encoding != "" {
		content, err := packed(plain, encoding)
		suffix := ".gz" + strings.TrimPrefix(strings.Replace(encoding, "+base64", ".b64", 1), gzipRaw)
		return append(forms, form{content, encoding, suffix}), err
	}
	if r.Format == Ignition {
		return append(forms, form{content: small}), nil
	}
	return []form{{content: plain}}, nil
}

func tooLarge(h host, r Request, forms []form) diag.Diagnostic {
	least := r.Platform.size(forms[0].content)
	for _, f := range forms {
		least = min(least, r.Platform.size(f.content))
	}
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
		return nil, Summary{}, diag.List{tooLarge(h, r, []form{{content: small}})}, nil
	}
	full = "full/" + full
	return []Artifact{single(h, name, small), single(h, full, large)},
		Summary{Node: h.name, File: name, Bytes: size, Full: &Full{File: full, URL: url, Bytes: len(large), Hash: hash}}, nil, nil
}
