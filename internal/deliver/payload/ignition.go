package payload

import (
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// ignitionConfig is as much of Ignition's configuration as a node needs. Versions 3.3 to 3.5 have it alike.
// https://coreos.github.io/ignition/configuration-v3_3/
type ignitionConfig struct {
	Ignition struct {
		Version string           `json:"version"`
		Config  *ignitionPointer `json:"config,omitempty"`
	} `json:"ignition"`
	Passwd  *ignitionPasswd  `json:"passwd,omitempty"`
	Storage *ignitionStorage `json:"storage,omitempty"`
	Systemd *ignitionSystemd `json:"systemd,omitempty"`
}

type ignitionPointer struct {
	Replace ignitionResource `json:"replace"`
}

type ignitionResource struct {
	Source       string                `json:"source"`
	Compression  string                `json:"compression,omitempty"`
	Verification *ignitionVerification `json:"verification,omitempty"`
}

type ignitionVerification struct {
	Hash string `json:"hash"`
}

type ignitionPasswd struct {
	Groups []ignitionGroup `json:"groups,omitempty"`
	Users  []ignitionUser  `json:"users,omitempty"`
}

type ignitionGroup struct {
	Name   string `json:"name"`
	System bool   `json:"system"`
}

type ignitionUser struct {
	Name         string `json:"name"`
	HomeDir      string `json:"homeDir"`
	NoCreateHome bool   `json:"noCreateHome"`
	PrimaryGroup string `json:"primaryGroup"`
	Shell        string `json:"shell"`
	System       bool   `json:"system"`
}

type ignitionStorage struct {
	RAID        []ignitionRAID       `json:"raid,omitempty"`
	Filesystems []ignitionFilesystem `json:"filesystems,omitempty"`
	Files       []ignitionFile       `json:"files"`
}

type ignitionRAID struct {
	Name    string   `json:"name"`
	Level   string   `json:"level"`
	Devices []string `json:"devices"`
	Spares  int      `json:"spares,omitempty"`
}

type ignitionFilesystem struct {
	Device string `json:"device"`
	Format string `json:"format"`
	Path   string `json:"path"`
	// WipeFilesystem false takes a file system of that format as it is.
	WipeFilesystem bool `json:"wipeFilesystem"`
}

type ignitionFile struct {
	Path string `json:"path"`
	// Overwrite what the image or a package has there.
	Overwrite bool             `json:"overwrite"`
	Mode      int              `json:"mode"`
	User      ignitionOwner    `json:"user"`
	Group     ignitionOwner    `json:"group"`
	Contents  ignitionResource `json:"contents"`
}

type ignitionOwner struct {
	Name string `json:"name"`
}

type ignitionSystemd struct {
	Units []ignitionUnit `json:"units"`
}

type ignitionUnit struct {
	Name    string `json:"name"`
	Enabled bool   `json:"enabled"`
}

// ignition is the configuration that makes the machine. With native disks it makes arrays and file systems itself.
func ignition(h host, version string, nativeDisks, compress bool) ([]byte, error) {
	var c ignitionConfig
	c.Ignition.Version = version
	c.Storage = &ignitionStorage{}
	c.Systemd = &ignitionSystemd{Units: []ignitionUnit{}}
	for _, f := range h.filesWithHostname() {
		contents, err := dataURL(f.Content.Reveal(), compress)
		if err != nil {
			return nil, err
		}
		c.Storage.Files = append(c.Storage.Files, ignitionFile{
			Path: "/" + f.Path, Overwrite: true, Mode: int(f.Mode), User: ignitionOwner{f.Owner}, Group: ignitionOwner{f.Group}, Contents: contents,
		})
	}
	for _, u := range h.units {
		c.Systemd.Units = append(c.Systemd.Units, ignitionUnit{u, true})
	}
	if nativeDisks {
		c.Storage.RAID, c.Storage.Filesystems = ignitionDisks(h.disks)
	}
	c.Passwd = ignitionAccounts(h.accounts)
	return encodeIgnition(c)
}

// ignitionPointTo is the configuration that stands for another one, which lies at the address.
func ignitionPointTo(full []byte, version, url string) (pointer []byte, hash string, err error) {
	sum := sha512.Sum512(full)
	hash = "sha512-" + hex.EncodeToString(sum[:])
	var c ignitionConfig
	c.Ignition.Version = version
	c.Ignition.Config = &ignitionPointer{Replace: ignitionResource{Source: url, Verification: &ignitionVerification{hash}}}
	pointer, err = encodeIgnition(c)
	return pointer, hash, err
}

func encodeIgnition(c ignitionConfig) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(c); err != nil {
		return nil, fmt.Errorf("encoding the Ignition configuration: %w", err)
	}
	return b.Bytes(), nil
}

// dataURL holds the content itself, compressed where that is asked for and shorter.
func dataURL(content []byte, compress bool) (ignitionResource, error) {
	const scheme = "data:;base64,"
	plain := ignitionResource{Source: scheme + base64.StdEncoding.EncodeToString(content)}
	if !compress {
		return plain, nil
	}
	packed, err := gzipped(content)
	if err != nil || len(packed) >= len(content) {
		return plain, err
	}
	return ignitionResource{Source: scheme + base64.StdEncoding.EncodeToString(packed), Compression: "gzip"}, nil
}

func ignitionDisks(d disks) (arrays []ignitionRAID, filesystems []ignitionFilesystem) {
	for _, a := range d.arrays {
		arrays = append(arrays, ignitionRAID{Name: a.name, Level: a.level, Devices: a.devices, Spares: a.spares})
	}
	for _, m := range d.mounts {
		filesystems = append(filesystems, ignitionFilesystem{Device: m.device, Format: m.format, Path: m.path})
	}
	return arrays, filesystems
}

// ignitionAccounts are made before files are written; systemd-sysusers, which would, runs after.
func ignitionAccounts(all []account) *ignitionPasswd {
	if len(all) == 0 {
		return nil
	}
	p := &ignitionPasswd{}
	for _, a := range all {
		p.Groups = append(p.Groups, ignitionGroup{a.name, true})
		if a.user {
			p.Users = append(p.Users, ignitionUser{Name: a.name, HomeDir: a.home, NoCreateHome: true, PrimaryGroup: a.name, Shell: a.shell, System: true})
		}
	}
	return p
}
