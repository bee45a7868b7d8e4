package payload

import (
	"encoding/base64"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/harender/harender/internal/bounded"
)

// PlatformsFile has the platforms, in the layers.
const PlatformsFile = "lib/platforms.json"

// Encodings of a payload.
const (
	gzipRaw    = "gzip"
	gzipBase64 = "gzip+base64"
)

// Platform is what hands a payload to a machine. The zero value takes everything.
type Platform struct {
	// Name is the key in the file.
	Name string `json:"-"`
	// Bytes is the most that the platform takes.
	Bytes int `json:"bytes"`
	// Base64: the platform counts the payload in base64, as its interface takes it.
	Base64 bool `json:"base64"`
	// Gzip says in which encoding, gzip or gzip+base64, a compressed payload of a format is taken; a format that is not
	// in it is not.
	Gzip map[Format]string `json:"gzip"`
	// Note tells what to do with the payload, beside handing it over.
	Note string `json:"note,omitempty"`
	// Source are the addresses of the pages that say so.
	Source []string `json:"source"`
}

// Platforms reads the platforms, by name.
func Platforms(layers fs.FS) (map[string]Platform, error) {
	data, err := fs.ReadFile(layers, PlatformsFile)
	if err != nil {
		return nil, fmt.Errorf("reading the platforms: %w", err)
	}
	var out map[string]Platform
	if err := bounded.JSON(data, &out); err != nil {
		return nil, fmt.Errorf("%s: %w", PlatformsFile, err)
	}
	for _, name := range slices.Sorted(maps.Keys(out)) {
		p := out[name]
		for format, encoding := range p.Gzip {
			if encoding != gzipRaw && encoding != gzipBase64 || format != Ignition && format != CloudInit {
				return nil, fmt.Errorf("%s: %s takes no %s of %s", PlatformsFile, name, encoding, format)
			}
		}
		p.Name = name
		out[name] = p
	}
	return out, nil
}

// size is what the platform counts of the content.
func (p Platform) size(content []byte) int {
	if p.Base64 {
		return base64.StdEncoding.EncodedLen(len(content))
	}
	return len(content)
}

// takes reports whether so many bytes are not too many.
func (p Platform) takes(bytes int) bool { return p.Name == "" || bytes <= p.Bytes }

// packed is the content in the encoding.
func packed(content []byte, encoding string) ([]byte, error) {
	out, err := gzipped(content)
	if err == nil && encoding == gzipBase64 {
		out = []byte(base64.StdEncoding.EncodeToString(out))
	}
	return out, err
}
