package repository_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// disk is a file that stands for a disk. mkfs is what is made on it, or nothing.
func disk(t *testing.T, name, mkfs string) string {
	t.Helper()
	file := written(t, name, nil)
	if err := os.Truncate(file, 16<<20); err != nil {
		t.Fatal(err)
	}
	if mkfs != "" {
		run(t, "e2fsprogs", mkfs, "-q", file)
	}
	return file
}

// script is a script of the golden cluster etcd-systemd, with files of this test in the place of the node's devices and
// programs. The output tells how mdadm was called.
func script(t *testing.T, name string, devices map[string]string) (string, error) {
	t.Helper()
	text := machines(t, compileCluster(t, "etcd-systemd"))[0].files["etc/harender/"+name].content
	mdadm := written(t, "mdadm", []byte("#!/bin/sh\necho mdadm \"$@\"\n"))
	if err := os.Chmod(mdadm, 0o700); err != nil { // #nosec G302 -- a program
		t.Fatal(err)
	}
	for device, file := range devices {
		text = replaced(t, text, device, file)
	}
	text = []byte(strings.ReplaceAll(string(text), "/usr/sbin/mdadm", mdadm))
	cmd := exec.Command("sh", written(t, name, text)) // #nosec G204 -- what the cluster has
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestArrayScript: an array is made of empty disks alone. wipefs is the real one, and looks at real file systems; mdadm only
// says how it was called, since an array takes a kernel with the driver.
func TestArrayScript(t *testing.T) {
	for _, c := range []struct {
		name string
		// mkfs of the three disks; a dash stands for one that is not there.
		disks [3]string
		array bool
		want  string
		fails bool
	}{
		{name: "empty", want: "mdadm --create ARRAY --run --homehost=any --level=1 --raid-devices=2 --spare-devices=1 A B C"},
		{name: "something on one", disks: [3]string{"", "mkfs.ext4", ""}, want: "mdadm --assemble --run ARRAY A B C"},
		{name: "something on one, another missing", disks: [3]string{"-", "mkfs.ext4", ""}, want: "mdadm --assemble --run ARRAY B C"},
		{name: "empty, one missing", disks: [3]string{"", "", "-"}, want: "not there: C", fails: true},
		{name: "there already", array: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			array := filepath.Join(t.TempDir(), "md")
			if c.array {
				array = disk(t, "md", "")
			}
			devices := map[string]string{"/dev/md/etcd": array}
			shown := []string{array, "ARRAY"}
			for i, mkfs := range c.disks {
				name := string(rune('A' + i))
				file := filepath.Join(t.TempDir(), name)
				if mkfs != "-" {
					file = disk(t, name, mkfs)
				}
				devices["/dev/nvme"+string(rune('1'+i))+"n1"] = file
				shown = append(shown, file, name)
			}
			out, err := script(t, "raid-etcd.sh", devices)
			if got := strings.TrimSpace(strings.NewReplacer(shown...).Replace(out)); got != c.want || (err != nil) != c.fails {
				t.Errorf("%s (%v), want %s", got, err, c.want)
			}
		})
	}
}

// TestMakefsScript: the real program makes a file system on a device that is empty, and leaves one with anything on it as it
// is, byte for byte.
func TestMakefsScript(t *testing.T) {
	empty := disk(t, "empty", "")
	if out, err := script(t, "makefs-var-lib-etcd.sh", map[string]string{"/dev/md/etcd": empty}); err != nil {
		t.Fatal(err, out)
	}
	if out := run(t, "util-linux", "wipefs", "--no-act", "--noheadings", empty); !strings.Contains(out, "ext4") {
		t.Errorf("no file system on it: %q", out)
	}
	// systemd-makefs itself passes over a table of partitions: this one has one of Linux, from sector 2048 on.
	table := disk(t, "table", "")
	sector := make([]byte, 512)
	copy(sector[446:], []byte{0, 0, 2, 0, 0x83, 0, 2, 0, 0, 8, 0, 0, 0, 32, 0, 0})
	copy(sector[510:], []byte{0x55, 0xaa})
	if err := os.WriteFile(table, append(sector, make([]byte, 16<<20)...), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, full := range []string{empty, disk(t, "ext2", "mkfs.ext2"), table} {
		before, err := os.ReadFile(full)
		if err != nil {
			t.Fatal(err)
		}
		if out, err := script(t, "makefs-var-lib-etcd.sh", map[string]string{"/dev/md/etcd": full}); err != nil {
			t.Error(err, out)
		}
		after, err := os.ReadFile(full)
		if err != nil || !slices.Equal(before, after) {
			t.Errorf("%s was changed (%v)", full, err)
		}
	}
}
