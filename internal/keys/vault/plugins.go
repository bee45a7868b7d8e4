package vault

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"filippo.io/age"
	"filippo.io/age/plugin"
	"github.com/getsops/sops/v3"
	sopsage "github.com/getsops/sops/v3/age"

	"github.com/harender/harender/internal/diag"
)

// PluginsEnv is the environment variable that names the age plugins which may be run, such as "yubikey,se". A repository
// can name any plugin; whether its program is run is for the operator to say.
const PluginsEnv = "HARENDER_AGE_PLUGINS"

// plugins are the names of the age plugins that the operator trusts.
type plugins []string

func trustedPlugins(lookup func(string) (string, bool)) plugins {
	text, _ := lookup(PluginsEnv)
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

// untrusted is the first plugin without which sealing to the groups is impossible, and which may not be run.
func (p plugins) untrusted(groups []sops.KeyGroup) (recipient, name string, found bool) {
	for _, g := range groups {
		for _, k := range g {
			a, ok := k.(*sopsage.MasterKey)
			if !ok || !isPlugin(a.Recipient) {
				continue
			}
			if name, _, err := plugin.ParseRecipient(a.Recipient); err != nil || !slices.Contains(p, name) {
				return a.Recipient, name, true
			}
		}
	}
	return "", "", false
}

// isPlugin tells a plugin's recipient, age1NAME1..., from age's own: age1... and the hybrid age1pq1...
func isPlugin(recipient string) bool {
	return strings.HasPrefix(recipient, "age1") && strings.Count(recipient, "1") > 1 && !strings.HasPrefix(recipient, "age1pq1")
}

// identity is that of a plugin, whose program runs when something is opened.
func (p plugins) identity(line string) (age.Identity, string) {
	name, _, err := plugin.ParseIdentity(line)
	switch {
	case err != nil:
		return nil, "is no age identity"
	case !slices.Contains(p, name):
		return nil, fmt.Sprintf("needs the plugin age-plugin-%s, which %s does not name", name, PluginsEnv)
	}
	id, err := plugin.NewIdentity(line, plugin.NewTerminalUI(tellTerminal, tellTerminal))
	if err != nil {
		return nil, "is no age identity"
	}
	return id, ""
}

// tellTerminal shows what a plugin says, such as that a token waits to be touched, where it also asks.
func tellTerminal(format string, v ...any) {
	tty, err := os.OpenFile("/dev/tty", os.O_WRONLY, 0)
	if err != nil {
		return // Nobody is there.
	}
	_, _ = fmt.Fprintln(tty, diag.Escape(fmt.Sprintf("age: "+format, v...)))
	_ = tty.Close()
}
