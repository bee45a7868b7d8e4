package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/harender/harender/internal/cluster"
	"github.com/harender/harender/internal/diag"
)

const versionsDir = "lib/versions"

// release is what lib/versions/MINOR.json knows of one minor of Kubernetes.
type release struct {
	// Default is the patch release that the minor alone means.
	Default string `json:"default"`
	// Images by the name of the component: REGISTRY/PATH:TAG. The components of Kubernetes itself follow the version.
	Images map[string]string `json:"images"`
	// APIVersions by the kind of a component's configuration file.
	APIVersions map[string]string `json:"apiVersions"`
	// Flags by component: those that depend on nothing but the version. null leaves one out that the library sets.
	Flags map[string]map[string]*string `json:"flags"`
}

// Releases lists the known minors of Kubernetes with the patch release that each defaults to.
func Releases(layers fs.FS) (cluster.Releases, diag.List) {
	entries, err := fs.ReadDir(layers, versionsDir)
	if err != nil {
		return nil, diag.List{unreadable(versionsDir, err)}
	}
	out := cluster.Releases{}
	var list diag.List
	for _, e := range entries {
		if minor, ok := strings.CutSuffix(e.Name(), ".json"); ok {
			r, _, found := readRelease(layers, minor)
			list = append(list, found...)
			out[minor] = r.Default
		}
	}
	return out, list
}

// readRelease gives the data of a minor, and its text for jsonnet.
func readRelease(layers fs.FS, minor string) (release, json.RawMessage, diag.List) {
	name := versionsDir + "/" + minor + ".json"
	data, err := fs.ReadFile(layers, name)
	if err != nil {
		return release{}, nil, diag.List{unreadable(name, err)}
	}
	var r release
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return release{}, nil, diag.List{incomplete(name, plainJSON(err))}
	}
	return r, data, r.check(name, minor)
}

// check finds what the library would miss.
func (r release) check(name, minor string) diag.List {
	var list diag.List
	if v, ok := cluster.ParseVersion(r.Default); !ok || v.Series() != minor {
		list = append(list, incomplete(name, fmt.Sprintf("default is %s, which is no release of %s", diag.Quote(r.Default), minor)))
	}
	for _, image := range []string{"coredns", "etcd", "haproxy", "keepalived"} {
		if !strings.Contains(r.Images[image], "/") {
			list = append(list, incomplete(name, "images."+image+" is not REGISTRY/PATH:TAG"))
		}
	}
	for _, kind := range []string{"AdmissionConfiguration", "AuthenticationConfiguration", "KubeProxyConfiguration", "KubeletConfiguration", "Policy"} {
		if r.APIVersions[kind] == "" {
			list = append(list, incomplete(name, "apiVersions."+kind+" is missing"))
		}
	}
	for _, component := range slices.Sorted(maps.Keys(r.Flags)) {
		if !slices.Contains(components[:], component) {
			list = append(list, incomplete(name, "flags."+component+" is no component"))
		}
	}
	return list
}

func incomplete(name, detail string) diag.Diagnostic {
	return diag.Diagnostic{
		Summary: name + " is not the data of a version", Detail: detail, Pos: diag.Pos{File: name},
		Hint: "mend the file after the built-in ones (default, images, apiVersions, flags), or remove it to use the built-in one",
	}
}
