package diff

import (
	"bytes"
	"encoding/pem"

	"github.com/harender/harender/internal/keys/certificate"
)

// isPEM reports whether a file that is there has certificates or public keys, and can be read.
func isPEM(f *File) bool {
	if f == nil {
		return true
	}
	_, err := certificate.Decode(f.Content)
	return f.Planned != nil || bytes.HasPrefix(f.Content, []byte("-----BEGIN ")) && err == nil
}

// onlyPEM reports whether nothing stands beside the certificates of a file which another reader might take for one.
func onlyPEM(f *File) bool {
	if f == nil {
		return true
	}
	var again []byte
	for block, rest := pem.Decode(f.Content); block != nil; block, rest = pem.Decode(rest) {
		again = append(again, pem.EncodeToMemory(block)...)
	}
	return bytes.Equal(again, f.Content)
}
