package vault

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/plugin"

	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/proof/testtool"
)

// pluginLog is the file to which a plugin of these tests adds a line whenever it runs.
const pluginLog = "HARENDER_TEST_PLUGIN_LOG"

// TestMain lets the test binary stand in for age plugins, by its name.
func TestMain(m *testing.M) {
	if name, ok := strings.CutPrefix(filepath.Base(os.Args[0]), "age-plugin-"); ok {
		os.Exit(pluginMain(name))
	}
	os.Exit(m.Run())
}

// pluginMain is a plugin that hides a native age key in its own encoding.
func pluginMain(name string) int {
	log, err := os.OpenFile(os.Getenv(pluginLog), os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return 3
	}
	_, _ = log.WriteString(name + "\n")
	_ = log.Close()
	p, err := plugin.New(name)
	if err != nil {
		return 3
	}
	p.HandleRecipient(func(data []byte) (age.Recipient, error) { return age.ParseX25519Recipient(string(data)) })
	p.HandleIdentity(func(data []byte) (age.Identity, error) { return age.ParseX25519Identity(string(data)) })
	return p.Main()
}

// pluginHolder has a key of the plugin of that name, and nothing else.
func pluginHolder(t *testing.T, name string) holder {
	t.Helper()
	id := testtool.Age(t)
	return holder{
		name, plugin.EncodeRecipient(name, []byte(id.Recipient().String())),
		plugin.EncodeIdentity(name, []byte(id.String())) + "\n", "SOPS_AGE_KEY_FILE",
	}
}

// installPlugins puts plugins into PATH, and gives a function that tells which of them ran since it was asked last.
func installPlugins(t *testing.T, names ...string) (ran func() string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range names {
		if err := os.Symlink(self, filepath.Join(dir, "age-plugin-"+name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	log := filepath.Join(dir, "log")
	t.Setenv(pluginLog, log)
	return func() string {
		text, err := os.ReadFile(log) // #nosec G304 -- of this test
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		_ = os.Remove(log)
		return strings.Join(strings.Fields(string(text)), " ")
	}
}

// TestPluginsRunWhenTrusted seals and opens by a plugin that the environment names, and only then.
func TestPluginsRunWhenTrusted(t *testing.T) {
	sops := testtool.Build(t, "github.com/getsops/sops/v3/cmd/sops")
	ran := installPlugins(t, "wax", "decoy")
	owner := pluginHolder(t, "wax")
	policy := policyFor(owner)
	trusting := func(names string) map[string]string {
		env := owner.environment(t)
		env[PluginsEnv] = names
		return env
	}
	sealed, err := load(t, policy, trusting("other, wax")).Seal(path, id, newPlain("key of a test"), nil)
	if err != nil || ran() != "wax" {
		t.Fatalf("not sealed by the plugin: %v", err)
	}
	for names, want := range map[string]bool{"wax": true, "decoy wax": true, "": false, "decoy": false, "wa": false, "age-plugin-wax": false} {
		plain, err := load(t, policy, trusting(names)).Open(path, id, sealed)
		if got := err == nil; got != want || want && string(plain.Reveal()) != "key of a test" {
			t.Errorf("%s=%q opens: %v (%v)", PluginsEnv, names, got, err)
		}
		if got := ran(); got != map[bool]string{true: "wax"}[want] {
			t.Errorf("%s=%q ran %q", PluginsEnv, names, got)
		}
		if err != nil && !strings.Contains(err.Error(), "needs the plugin age-plugin-wax, which "+PluginsEnv+" does not name") {
			t.Error(err)
		}
		_, err = load(t, policy, trusting(names)).Seal(path, id, newPlain("key of a test"), nil)
		if got := err == nil; got != want || err != nil && !strings.Contains(err.Error(), "needs an age plugin") {
			t.Errorf("%s=%q seals: %v (%v)", PluginsEnv, names, got, err)
		}
		if got := ran(); got != map[bool]string{true: "wax"}[want] {
			t.Errorf("%s=%q ran %q for sealing", PluginsEnv, names, got)
		}
	}
	file := filepath.Join(t.TempDir(), "server.key.sops")
	if err := os.WriteFile(file, sealed, 0o600); err != nil {
		t.Fatal(err)
	}
	env := owner.environment(t)
	stock := exec.Command(sops, "decrypt", "--input-type", "binary", "--output-type", "binary", file) // #nosec G204 -- built by this test
	stock.Env = append(os.Environ(), "HOME="+env["HOME"], owner.variable+"="+env[owner.variable])
	if out, err := stock.Output(); err != nil || string(out) != "key of a test" {
		t.Errorf("stock sops: %q, %v", out, err)
	}
}

// TestPluginsAreNotRun holds the rest of the program to it: what needs no key runs nothing, whatever the policy, a sealed
// file or a key file names; and an own key comes before a plugin's.
func TestPluginsAreNotRun(t *testing.T) {
	ran := installPlugins(t, "wax", "decoy")
	operator, wax, decoy := ageHolder(t, "operator"), pluginHolder(t, "wax"), pluginHolder(t, "decoy")
	mixed := holder{"both", "", wax.private + operator.private, "SOPS_AGE_KEY_FILE"}
	env := mixed.environment(t)
	env[PluginsEnv] = "wax"
	v := load(t, policyFor(operator, wax), env)
	planned := must[[]string](t)(v.RecipientsFor(path, nil))
	if len(planned) != 2 || ran() != "" {
		t.Errorf("planned %v, and ran something", planned)
	}
	sealed := must[secret.Sealed](t)(v.Seal(path, id, newPlain("key of a test"), nil))
	if got := ran(); got != "wax" {
		t.Errorf("sealing ran %q", got)
	}
	if _, err := v.Open(path, id, sealed); err != nil || ran() != "" {
		t.Errorf("the plugin ran although the operator's own key opens it: %v", err)
	}
	forged := []byte(inMetadata(string(sealed), wax.recipient, decoy.recipient))
	if _, err := v.Open(path, id, forged); err != nil || ran() != "" {
		t.Errorf("a file that names the decoy: %v", err)
	}
	if _, err := load(t, policyFor(decoy), env).Seal(path, id, newPlain("key of a test"), nil); err == nil || ran() != "" {
		t.Errorf("the decoy of the policy: %v", err)
	}
}

// TestPluginMissing says which program is missing.
func TestPluginMissing(t *testing.T) {
	owner := pluginHolder(t, "absent")
	env := owner.environment(t)
	env[PluginsEnv] = "absent"
	_, err := load(t, policyFor(owner), env).Seal(path, id, newPlain("key of a test"), nil)
	if err == nil || !strings.Contains(err.Error(), "age-plugin-absent") {
		t.Errorf("got %v", err)
	}
}
