package payload

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// cloudConfig is as much of cloud-init's configuration as a node needs.
// https://docs.cloud-init.io/en/latest/reference/modules.html
type cloudConfig struct {
	Hostname string `yaml:"hostname"`
	// FQDN and PreferFQDN make a name with dots the host name as it is.
	FQDN       string      `yaml:"fqdn"`
	PreferFQDN bool        `yaml:"prefer_fqdn_over_hostname"`
	DeleteKeys *bool       `yaml:"ssh_deletekeys,omitempty"`
	BootCmd    [][]string  `yaml:"bootcmd,omitempty"`
	WriteFiles []writeFile `yaml:"write_files,omitempty"`
	// RunCmd has lists of words, and strings that the shell reads.
	RunCmd []any `yaml:"runcmd"`
}

type writeFile struct {
	Path        string    `yaml:"path"`
	Owner       string    `yaml:"owner"`
	Permissions string    `yaml:"permissions"`
	Encoding    string    `yaml:"encoding,omitempty"`
	Content     yaml.Node `yaml:"content"`
}

// cloudInit is the configuration that makes the machine.
func cloudInit(h host) ([]byte, error) {
	c := h.cloudConfig()
	for _, f := range h.files {
		c.WriteFiles = append(c.WriteFiles, writeFileOf(f))
	}
	c.RunCmd = h.afterFiles()
	return encodeCloudConfig(c)
}

// cloudConfig is what has to be before there are files.
func (h host) cloudConfig() cloudConfig {
	c := cloudConfig{Hostname: h.name, FQDN: h.name, PreferFQDN: true}
	if h.hostKeys {
		keep := false
		c.DeleteKeys = &keep
	}
	if len(h.accounts) > 0 {
		c.BootCmd = [][]string{append([]string{"systemd-sysusers", "--inline"}, accountLines(h.accounts)...)}
	}
	return c
}

func accountLines(all []account) []string {
	var out []string
	for _, a := range all {
		out = append(out, a.line)
	}
	return out
}

// afterFiles are the commands that put files to use. Units start without being waited for, since some wait for other machines.
func (h host) afterFiles() []any {
	var out []any
	run := func(words ...string) { out = append(out, words) }
	run("systemctl", "daemon-reload")
	if has(h.files, "etc/modules-load.d/") {
		run("systemctl", "restart", "systemd-modules-load.service")
	}
	if has(h.files, "etc/sysctl.d/") {
		run("sysctl", "--system")
	}
	if mounts := kind(h.units, ".mount"); len(mounts) > 0 {
		run(append([]string{"systemctl", "enable", "--now"}, mounts...)...)
	}
	if has(h.files, "etc/tmpfiles.d/") {
		run("systemd-tmpfiles", "--create")
	}
	if rest := without(h.units, ".mount"); len(rest) > 0 {
		run(append([]string{"systemctl", "enable"}, rest...)...)
		run(append([]string{"systemctl", "restart", "--no-block"}, rest...)...)
	}
	return out
}

// writeFileOf keeps plain text readable, and compressible.
func writeFileOf(f File) writeFile {
	w := writeFile{Path: "/" + f.Path, Owner: f.Owner + ":" + f.Group, Permissions: fmt.Sprintf("%04o", f.Mode)}
	content := f.Content.Reveal()
	w.Content = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.LiteralStyle, Value: string(content)}
	if !plainText(content) {
		w.Encoding = "b64"
		w.Content.Style, w.Content.Value = 0, base64.StdEncoding.EncodeToString(content)
	}
	return w
}

func plainText(b []byte) bool {
	return bytes.IndexFunc(b, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') }) < 0
}

func encodeCloudConfig(c cloudConfig) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("#cloud-config\n")
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(c); err != nil {
		return nil, fmt.Errorf("encoding the cloud-init configuration: %w", err)
	}
	return b.Bytes(), e.Close()
}

// cloudInitPointTo is the configuration that fetches the files as an archive, and takes no other than this one.
func cloudInitPointTo(h host, archive []byte, url string) (pointer []byte, hash string, err error) {
	sum := sha256.Sum256(archive)
	hash = hex.EncodeToString(sum[:])
	c := h.cloudConfig()
	script := strings.Join([]string{
		"set -eu",
		"umask 022", // For folders; what was fetched lies in one of mktemp's.
		"d=$(mktemp -d)",
		"trap 'rm -rf \"$d\"' EXIT",
		"if command -v curl >/dev/null; then curl --fail --silent --show-error --location --retry 5 --output \"$d/p\" " + quoted(url),
		"else wget --quiet --tries 5 --output-document \"$d/p\" " + quoted(url) + "; fi",
		"echo \"" + hash + "  $d/p\" | sha256sum --check --quiet",
		"tar --extract --gzip --file \"$d/p\" --directory /",
	}, "\n")
	// Without its files nothing is to start: the commands are lines of one script.
	c.RunCmd = append([]any{"sh -c " + quoted(script) + " || exit 1"}, h.afterFiles()...)
	pointer, err = encodeCloudConfig(c)
	return pointer, "sha256-" + hash, err
}

// quoted is one word of the shell.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
