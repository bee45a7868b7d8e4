// Package vault seals key material with sops and opens it again. It is the only package that knows sops and age.
//
// Who may open a file is the policy of the repository's .sops.yaml, read as sops reads it, plus the node's own
// recipients. A sealed file is a sops file of binary type, so stock sops opens it without harender. Opening contacts
// nothing but what the policy names: what a sealed file says about its own keys is data from its author.
package vault

import (
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/getsops/sops/v3/logging"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/diag"
)

// ConfigName is the policy's file at the root of a repository.
const ConfigName = ".sops.yaml"

// maxConfig bounds the policy's size in bytes.
const maxConfig = 1 << 20

// Vault seals and opens by one policy. It is safe for concurrent use.
type Vault struct {
	config string
	rules  []*rule
	now    func() time.Time
	// plugins of age that may be run.
	plugins plugins
	// identities are read at the first opening, so that a build that opens nothing reads no private key.
	identities func() identities
}

// UserError is a mistake of the user, in the shape of an error.
type UserError struct {
	Diagnostic diag.Diagnostic
	// noKey: nothing is known to be wrong with the file that was to be opened.
	noKey bool
}

// Error is the summary and the detail in one line.
func (e *UserError) Error() string {
	if e.Diagnostic.Detail == "" {
		return e.Diagnostic.Summary
	}
	return e.Diagnostic.Summary + ": " + e.Diagnostic.Detail
}

// Finding is the diagnostic itself.
func (e *UserError) Finding() diag.Diagnostic { return e.Diagnostic }

// NoKey tells that no key at hand opens a file, which may be as it should.
func (e *UserError) NoKey() bool { return e.noKey }

// refuse makes the diagnostic. Its words may repeat the policy, where a private key may stand by mistake.
func refuse(pos diag.Pos, summary, detail, hint string) *UserError {
	return &UserError{Diagnostic: diag.Diagnostic{Summary: diag.Redact(summary), Detail: diag.Redact(detail), Hint: hint, Pos: pos}}
}

// Load reads the policy of the repository at root. The clock dates sealed files; the environment says where
// identities are, by the names that sops uses, and by [PluginsEnv] which age plugins may be run.
func Load(root string, now func() time.Time, lookupEnv func(string) (string, bool)) (*Vault, diag.List) {
	silence()
	config := filepath.Join(root, ConfigName)
	text, err := readConfig(root)
	if err != nil {
		return nil, diag.List{err.Diagnostic}
	}
	rules, problems := parseRules(text)
	if problems.HasErrors() {
		return nil, problems
	}
	v := &Vault{config: config, rules: rules, now: now, plugins: trustedPlugins(lookupEnv)}
	v.identities = sync.OnceValue(func() identities { return findIdentities(lookupEnv) })
	return v, problems
}

func readConfig(root string) ([]byte, *UserError) {
	pos := diag.Pos{File: ConfigName}
	config := filepath.Join(root, ConfigName)
	info, err := os.Lstat(config)
	switch {
	case err != nil && os.IsNotExist(err):
		return nil, refuse(pos, "the repository has no "+ConfigName, missingDetail(root), "write "+ConfigName+
			" with a creation rule that lists the operators' age recipients; harender init makes one")
	case err != nil:
		return nil, refuse(pos, "cannot read "+ConfigName, err.Error(), "make it a plain file that you may read")
	case !info.Mode().IsRegular():
		return nil, refuse(pos, ConfigName+" is not a regular file", "", "replace it by a file")
	case info.Size() > maxConfig:
		return nil, refuse(pos, ConfigName+" is too long", "", "keep it below 1 MiB")
	}
	text, err := bounded.ReadFile(os.DirFS(root), ConfigName, maxConfig)
	if err != nil {
		return nil, refuse(pos, "cannot read "+ConfigName, err.Error(), "make it a plain file that you may read")
	}
	return text, nil
}

func missingDetail(root string) string {
	if _, err := os.Lstat(filepath.Join(root, ".sops.yml")); err == nil {
		return "there is a .sops.yml, a name that sops ignores"
	}
	return "it says who may open the sealed keys"
}

// silence keeps sops from writing to standard error: what matters comes back as errors. sops has one logger a package
// and no way to hand one in.
func silence() {
	for _, l := range logging.Loggers {
		l.SetOutput(io.Discard)
	}
}
