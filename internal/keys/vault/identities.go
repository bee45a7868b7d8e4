package vault

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	sopsage "github.com/getsops/sops/v3/age"
	"golang.org/x/crypto/ssh"

	"github.com/harender/harender/internal/bounded"
)

// identities are the private keys that the environment offers, and the places where they were looked for, each with
// what was found there.
type identities struct {
	found  []age.Identity
	looked []string
	// plugins may be run; slow are their identities, which come after all others: they may ask somebody to touch something.
	plugins plugins
	slow    []age.Identity
}

// findIdentities looks where sops looks, but runs no command and asks for no passphrase.
func findIdentities(lookup func(string) (string, bool)) identities {
	ids := identities{plugins: trustedPlugins(lookup)}
	home, _ := lookup("HOME")
	if path, ok := lookup(sopsage.SopsAgeSshPrivateKeyFileEnv); ok {
		ids.addSSH(sopsage.SopsAgeSshPrivateKeyFileEnv+"="+path, path)
	} else {
		ids.note(sopsage.SopsAgeSshPrivateKeyFileEnv, "not set")
	}
	if home != "" {
		ids.addSSH("", filepath.Join(home, ".ssh", "id_ed25519"))
		ids.addSSH("", filepath.Join(home, ".ssh", "id_rsa"))
	}
	if text, ok := lookup(sopsage.SopsAgeKeyEnv); ok {
		// Several keys may stand on one line here.
		ids.addAge(sopsage.SopsAgeKeyEnv, []byte(strings.Join(strings.Fields(text), "\n")))
	} else {
		ids.note(sopsage.SopsAgeKeyEnv, "not set")
	}
	if path, ok := lookup(sopsage.SopsAgeKeyFileEnv); ok {
		ids.addFile(sopsage.SopsAgeKeyFileEnv+"="+path, path)
	} else {
		ids.note(sopsage.SopsAgeKeyFileEnv, "not set")
	}
	for _, name := range []string{sopsage.SopsAgeKeyCmdEnv, sopsage.SopsAgeSshPrivateKeyCmdEnv} {
		if _, ok := lookup(name); ok {
			ids.note(name, "not run: put the command's output into "+sopsage.SopsAgeKeyEnv)
		}
	}
	if dir := userConfigDir(lookup, home); dir != "" {
		path := filepath.Join(dir, filepath.FromSlash(sopsage.SopsAgeKeyUserConfigPath))
		ids.addFile(path, path)
	}
	ids.found = append(ids.found, ids.slow...)
	return ids
}

func userConfigDir(lookup func(string) (string, bool), home string) string {
	if dir, _ := lookup("XDG_CONFIG_HOME"); dir != "" {
		return dir
	}
	switch {
	case home == "":
		return ""
	case runtime.GOOS == "darwin":
		return filepath.Join(home, "Library", "Application Support")
	}
	return filepath.Join(home, ".config")
}

func (ids *identities) note(place, what string) {
	ids.looked = append(ids.looked, fmt.Sprintf("%s (%s)", place, what))
}

func (ids *identities) addFile(place, path string) {
	text, err := readKeys(path)
	if err != nil {
		ids.note(place, reason(err))
		return
	}
	ids.addAge(place, text)
}

// addAge parses identities, one a line. A line's words never enter a message.
func (ids *identities) addAge(place string, text []byte) {
	if bytes.HasPrefix(text, []byte("age-encryption.org/")) || bytes.HasPrefix(text, []byte("-----BEGIN AGE")) {
		ids.note(place, "protected by a passphrase: decrypt it into "+sopsage.SopsAgeKeyEnv)
		return
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	count := 0
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if why := ids.addLine(line); why != "" {
			ids.note(place, fmt.Sprintf("line %d %s", n, why))
			continue
		}
		count++
	}
	ids.note(place, plural(count))
}

// addLine parses one identity, and gives the reason if it cannot be used.
func (ids *identities) addLine(line string) (why string) {
	if strings.HasPrefix(line, "AGE-PLUGIN-") {
		id, why := ids.plugins.identity(line)
		if why == "" {
			ids.slow = append(ids.slow, id)
		}
		return why
	}
	id := parseIdentity(line)
	if id == nil {
		return "is no age identity"
	}
	ids.found = append(ids.found, id)
	return ""
}

func parseIdentity(line string) age.Identity {
	switch {
	case strings.HasPrefix(line, "AGE-SECRET-KEY-PQ-1"):
		if id, err := age.ParseHybridIdentity(line); err == nil {
			return id
		}
	case strings.HasPrefix(line, "AGE-SECRET-KEY-1"):
		if id, err := age.ParseX25519Identity(line); err == nil {
			return id
		}
	}
	return nil
}

func (ids *identities) addSSH(place, path string) {
	if place == "" {
		place = path
	}
	text, err := readKeys(path)
	if err != nil {
		ids.note(place, reason(err))
		return
	}
	defer clear(text)
	id, err := agessh.ParseIdentity(text)
	var locked *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &locked):
		ids.note(place, "protected by a passphrase")
	case err != nil:
		ids.note(place, "no SSH key of a kind that age knows")
	default:
		ids.found = append(ids.found, id)
		ids.note(place, plural(1))
	}
}

// maxKeys bounds a file of identities, in bytes.
const maxKeys = 1 << 20

// readKeys takes a pipe, too: the shell makes one of a command that prints a key.
func readKeys(path string) ([]byte, error) {
	f, err := os.Open(path) // #nosec G304 -- the operator's own key file, named by the operator
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // It was only read.
	return bounded.ReadAll(f, maxKeys)
}

func plural(count int) string {
	if count == 1 {
		return "1 identity"
	}
	return fmt.Sprintf("%d identities", count)
}

func reason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "no such file"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	case errors.Is(err, bounded.ErrTooLarge):
		return fmt.Sprintf("more than %d MiB", maxKeys>>20)
	}
	return "cannot be read"
}
