package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"filippo.io/age"
	sopsage "github.com/getsops/sops/v3/age"

	"github.com/harender/harender/internal/durable"
)

// Operator is somebody who can open a repository's secrets.
type Operator struct {
	// Recipient is the public half of an age identity.
	Recipient string
	// File holds the identity if it was made here, where sops looks for it; empty if there was one already.
	File string
	// Created: there was no identity, and File was made.
	Created bool
}

// FindOperator takes the first age identity that sops would find. Where there is none it makes one, in the file that
// SOPS_AGE_KEY_FILE names or else in sops' own place, mode 0600; a file that exists is never touched.
func FindOperator(lookup func(string) (string, bool)) (Operator, error) {
	for _, id := range findIdentities(lookup).found {
		if r := recipientOf(id); r != "" {
			return Operator{Recipient: r}, nil
		}
	}
	file, err := identityFile(lookup)
	if err != nil {
		return Operator{}, err
	}
	return makeIdentity(file)
}

func identityFile(lookup func(string) (string, bool)) (string, error) {
	if path, ok := lookup(sopsage.SopsAgeKeyFileEnv); ok && path != "" {
		return path, nil
	}
	home, _ := lookup("HOME")
	dir := userConfigDir(lookup, home)
	if dir == "" {
		return "", errors.New("neither HOME nor XDG_CONFIG_HOME is set: say with " + sopsage.SopsAgeKeyFileEnv + " where the operator's age key is to lie")
	}
	return filepath.Join(dir, filepath.FromSlash(sopsage.SopsAgeKeyUserConfigPath)), nil
}

func recipientOf(id age.Identity) string {
	switch id := id.(type) {
	case *age.X25519Identity:
		return id.Recipient().String()
	case *age.HybridIdentity:
		return id.Recipient().String()
	}
	return ""
}

func makeIdentity(file string) (Operator, error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return Operator{}, fmt.Errorf("making an age key: %w", err)
	}
	if err := durable.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return Operator{}, fmt.Errorf("making a place for the age key: %w", err)
	}
	recipient := id.Recipient().String()
	text := bytes.NewBufferString("# public key: " + recipient + "\n" + id.String() + "\n")
	if err := writeNew(file, text.Bytes()); err != nil {
		return Operator{}, err
	}
	return Operator{Recipient: recipient, File: file, Created: true}, nil
}

// writeNew never replaces a file.
func writeNew(file string, text []byte) error {
	defer clear(text)
	err := durable.Create(file, text, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists and holds no age identity that can be used: put one there, or name another file with %s", file, sopsage.SopsAgeKeyFileEnv)
	}
	if err != nil {
		return fmt.Errorf("writing the age key: %w", err)
	}
	return nil
}
