package payload

import (
	_ "embed" // for the script
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/layout"
)

// unsealUnit opens what is sealed, before whatever reads it starts.
const unsealUnit = "harender-unseal.service"

//go:embed unseal.sh
var unsealScript string

// own is a file that a payload adds to those of the tree.
func own(path string, mode fs.FileMode, text string) File {
	return File{Path: path, Mode: mode, Owner: "root", Group: "root", Content: secret.NewPlain([]byte(text))}
}

// unsealing are the files of a node that opens its sealed files itself: these under the names of the tree, and what opens
// them before the services start. Without sealed files there is nothing to add.
func unsealing(files []File, services []string, memory bool) []File {
	if !slices.ContainsFunc(files, func(f File) bool { return f.Sealed }) {
		return files
	}
	var out []File
	var list strings.Builder
	for _, f := range files {
		if f.Sealed {
			fmt.Fprintf(&list, "%s %04o %s %s %s\n", f.SHA256, f.Mode, f.Owner, f.Group, f.Path)
			f.Path, f.Mode, f.Owner, f.Group = f.Path+layout.Sealed, 0o600, "root", "root"
		}
		out = append(out, f)
	}
	keep := "disk"
	if memory {
		keep = "memory"
	}
	return append(out,
		own("etc/harender/sealed.list", 0o600, list.String()),
		own("etc/harender/unseal.sh", 0o700, unsealScript),
		own(presets+"50-harender-unseal.preset", 0o644, "enable "+unsealUnit+"\n"),
		own(units+unsealUnit, 0o644, unsealUnitText(keep, services, asksKeyService(files))),
	)
}

// unsealUnitText is the unit. A service that reads opened files fails to start where they could not be opened. What brings them
// opened removes the list, and the unit then has nothing to do.
func unsealUnitText(keep string, services []string, network bool) string {
	after := "local-fs.target systemd-sysusers.service"
	wants := ""
	if network {
		after += " network-online.target"
		wants = "Wants=network-online.target\n"
	}
	run := "/bin/sh /etc/harender/unseal.sh " + keep
	before := strings.Join(services, " ")
	return strings.Join([]string{
		"[Unit]",
		"Description=Sealed files of this node, opened with its own key",
		"ConditionPathExists=/etc/harender/sealed.list",
		wants + "After=" + after,
		"Before=" + before,
		"",
		"[Service]",
		"Type=oneshot",
		"RemainAfterExit=yes",
		"UMask=0077",
		"# sops may lie in any of these.",
		"Environment=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/bin",
		"ExecStart=" + run,
		"ExecReload=" + run,
		"",
		"[Install]",
		"WantedBy=multi-user.target",
		"RequiredBy=" + before,
		"",
	}, "\n")
}

// asksKeyService reports whether a key that is none of age's may open a file, so that the network has to be there.
func asksKeyService(files []File) bool {
	return slices.ContainsFunc(files, func(f File) bool {
		return f.Sealed && slices.ContainsFunc([]string{`"kms"`, `"gcp_kms"`, `"azure_kv"`, `"hc_vault"`, `"hckms"`, `"key_groups"`}, func(key string) bool {
			return strings.Contains(string(f.Content.Reveal()), key+": [")
		})
	})
}

// hasSSHRecipient reports whether an SSH key opens a sealed file, so that the host keys of the machine must stay.
func hasSSHRecipient(files []File) bool {
	return slices.ContainsFunc(files, func(f File) bool {
		return f.Sealed && strings.Contains(string(f.Content.Reveal()), `"recipient": "ssh-`)
	})
}
