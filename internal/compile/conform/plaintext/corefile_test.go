package plaintext_test

import (
	"strings"
	"testing"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile/conform/plaintext"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/diag"
)

// TestPluginsOfAVersion: a CoreDNS whose version is known does not start with a plugin that it has not; of another image, nobody
// knows what was built into it.
func TestPluginsOfAVersion(t *testing.T) {
	words, list := release.ReadWords(harender.Assets, "coredns")
	if list.HasErrors() {
		t.Fatal(list)
	}
	for _, c := range []struct {
		version, plugin, want string
		severity              diag.Severity
	}{
		{"1.14.6", "proxyproto", "", diag.Error},
		{"1.14.2", "proxyproto", "has no plugin \"proxyproto\", which came with 1.14.3", diag.Error},
		{"1.12.0", "nomad", "which came with 1.13.0", diag.Error},
		{"1.9.3", "multisocket", "which came with 1.12.0", diag.Error},
		{"", "nomad", "", diag.Error},
		{"1.14.6", "ourown", "CoreDNS 1.14.6 has no plugin", diag.Error},
		{"", "ourown", "the plugin \"ourown\" is not known", diag.Warning},
		{"", "forwrad", "the plugin \"forwrad\" is not known", diag.Error},
	} {
		words.Version = c.version
		got := plaintext.Judge("Corefile", ".:53 {\n    "+c.plugin+"\n}\n", words)
		if c.want == "" && len(got) == 0 {
			continue
		}
		if len(got) != 1 || c.want == "" || !strings.Contains(got[0].Summary, c.want) || got[0].Severity != c.severity || got[0].Hint == "" {
			t.Errorf("%s of %q: got %+v, want %q", c.plugin, c.version, got, c.want)
		}
	}
}
