// Package release reads what is known of each minor of Kubernetes: data in lib/versions/, of which a repository may have
// more than the program brings.
package release

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/diag"
)

const dir = "lib/versions"

// Release is the content of lib/versions/MINOR.json: what the library computes with.
type Release struct {
	// Default is the patch release that the minor alone means.
	Default string `json:"default"`
	// ByName: a cluster gets the minor only if it names it, for one that is not tried in all ways yet.
	ByName bool `json:"byName,omitempty"`
	// EndOfLife is the last day of its support by the community (https://kubernetes.io/releases), as YYYY-MM-DD; empty if nobody
	// knows it.
	EndOfLife string `json:"endOfLife,omitempty"`
	// Images by the name of the component: REGISTRY/PATH:TAG, or without a tag for a component of Kubernetes itself, which
	// follows the version.
	Images map[string]string `json:"images"`
	// APIVersions by the kind of a component's configuration file; null where the version has no such file.
	APIVersions map[string]*string `json:"apiVersions"`
	// Flags by component: those that depend on nothing but the version. null leaves one out that the library sets.
	Flags map[string]map[string]*string `json:"flags"`
	// Overlays shape what the version has otherwise than the library, before all overlays of the spec.
	Overlays []string `json:"overlays"`
	// Text is the file as it stands, for jsonnet.
	Text json.RawMessage `json:"-"`
}

// Components take flags, by the names of their programs.
func Components() []string {
	return []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet"}
}

// Known lists the minors of Kubernetes that there is data for, with the patch release that each defaults to.
func Known(layers fs.FS) (cluster.Releases, diag.List) {
	entries, err := fs.ReadDir(layers, dir)
	if err != nil {
		return nil, diag.List{unreadable(dir, err)}
	}
	out := cluster.Releases{}
	var list diag.List
	for _, e := range entries {
		if minor, ok := strings.CutSuffix(e.Name(), ".json"); ok {
			r, found := Read(layers, minor)
			list = append(list, found...)
			out[minor] = cluster.Release{Patch: r.Default, ByName: r.ByName}
		}
	}
	return out, list
}

// Read gives the data of a minor such as 1.36.
func Read(layers fs.FS, minor string) (Release, diag.List) {
	name := dir + "/" + minor + ".json"
	data, err := fs.ReadFile(layers, name)
	if err != nil {
		return Release{}, diag.List{unreadable(name, err)}
	}
	var r Release
	if err := bounded.JSON(data, &r); err != nil {
		return Release{}, diag.List{incomplete(name, bounded.JSONWords(err))}
	}
	r.Text = data
	return r, r.check(layers, name, minor)
}

// check finds what the library would miss.
func (r Release) check(layers fs.FS, name, minor string) diag.List {
	var list diag.List
	if v, ok := cluster.ParseVersion(r.Default); !ok || v.Series() != minor {
		list = append(list, incomplete(name, fmt.Sprintf("default is %s, which is no release of %s", diag.Quote(r.Default), minor)))
	}
	if _, err := time.Parse(time.DateOnly, r.EndOfLife); r.EndOfLife != "" && err != nil {
		list = append(list, incomplete(name, "endOfLife is "+diag.Quote(r.EndOfLife)+", which is no day such as 2027-06-28"))
	}
	for _, image := range []string{"coredns", "etcd", "haproxy", "keepalived"} {
		if !strings.Contains(r.Images[image], "/") {
			list = append(list, incomplete(name, "images."+image+" is not REGISTRY/PATH:TAG"))
		}
	}
	for _, kind := range []string{"AdmissionConfiguration", "AuthenticationConfiguration", "KubeProxyConfiguration", "KubeletConfiguration", "Policy"} {
		if v, ok := r.APIVersions[kind]; !ok || v != nil && *v == "" {
			list = append(list, incomplete(name, "apiVersions."+kind+" is missing"))
		}
	}
	for _, component := range slices.Sorted(maps.Keys(r.Flags)) {
		if !slices.Contains(Components(), component) {
			list = append(list, incomplete(name, "flags."+component+" is no component"))
		}
	}
	for _, overlay := range r.Overlays {
		if _, err := fs.Stat(layers, "overlays/"+overlay); err != nil {
			list = append(list, incomplete(name, "overlays names "+diag.Quote(overlay)+", and there is no such folder of overlays/"))
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

func unreadable(name string, err error) diag.Diagnostic {
	return diag.Diagnostic{
		Summary: "cannot read " + name + ": " + diag.Cause(err).Error(), Pos: diag.Pos{File: name},
		Hint: "a layer has plain files and folders alone; move this one out of it",
	}
}
