package repository_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/deliver/payload"
	"github.com/harender/harender/internal/keys/secret"
)

// ignitionFile is what the checks look at of an Ignition configuration.
type ignitionFile struct {
	Storage struct {
		RAID []struct {
			Name, Level string
			Devices     []string
			Spares      int
		}
		Filesystems []struct {
			Device, Format, Path string
			WipeFilesystem       bool
		}
	}
	Systemd struct{ Units []struct{ Name string } }
}

// checkPayloads: Debian's ignition-validate takes every node's Ignition, and in it are the units and the disks of the plan, which
// payload reads from the rendered files alone.
func checkPayloads(t *testing.T, c compile.Compiled) {
	for _, m := range machines(t, c) {
		made, list, err := payload.Make([]payload.Node{packable(m)}, payload.Request{
			Format: payload.Ignition, IgnitionVersion: payload.IgnitionVersions()[0], Disks: true,
		})
		if err != nil || len(list) > 0 {
			t.Fatal(m.Cluster.Name, err, list)
		}
		text := made.Files[0].Content.Reveal()
		cmd := exec.Command("ignition-validate", "-")
		cmd.Stdin = bytes.NewReader(text)
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Fatalf("%s: ignition-validate (Debian's ignition): %v\n%s", m.Cluster.Name, err, out)
		}
		var i ignitionFile
		if err := json.Unmarshal(text, &i); err != nil {
			t.Fatal(err)
		}
		checkIgnition(t, m, i)
	}
}

func checkIgnition(t *testing.T, m machine, i ignitionFile) {
	t.Helper()
	var raid, mounts, wantRAID, wantMounts []string
	for _, a := range i.Storage.RAID {
		raid = append(raid, fmt.Sprint(a))
	}
	for _, a := range m.Cluster.Storage.RAID {
		wantRAID = append(wantRAID, fmt.Sprintf("{%s raid%d %v %d}", a.Name, a.Level, a.Devices, a.Spares))
	}
	for _, f := range i.Storage.Filesystems {
		mounts = append(mounts, fmt.Sprint(f))
	}
	for _, f := range m.Cluster.Storage.Mounts {
		wantMounts = append(wantMounts, fmt.Sprintf("{%s %s %s false}", f.Device, f.Type, f.Path))
	}
	slices.Sort(wantMounts)
	slices.Sort(mounts)
	if !slices.Equal(raid, wantRAID) || !slices.Equal(mounts, wantMounts) {
		t.Errorf("%s: arrays %q, want %q; mounts %q, want %q", m.Cluster.Name, raid, wantRAID, mounts, wantMounts)
	}
	var units []string
	for _, u := range i.Systemd.Units {
		if !strings.HasSuffix(u.Name, ".mount") && u.Name != "harender-unseal.service" {
			units = append(units, u.Name)
		}
	}
	want := slices.Sorted(slices.Values(m.Units))
	if !slices.Equal(units, want) {
		t.Errorf("%s: enabled %q, planned %q", m.Cluster.Name, units, want)
	}
}

// packable is the machine's directory before anything was issued: sealed files, and certificates, are there and empty.
func packable(m machine) payload.Node {
	n := payload.Node{Name: m.Cluster.Name, Index: []byte("{}\n")}
	for _, name := range slices.Sorted(maps.Keys(m.files)) {
		e := m.files[name]
		n.Files = append(n.Files, payload.File{
			Path: name, Mode: fs.FileMode(e.mode), Owner: e.owner, Group: e.group, Content: secret.NewPlain(e.content),
			Sealed: strings.HasSuffix(e.source, ".sops"), SHA256: strings.Repeat("0", 64),
		})
	}
	return n
}
