package payload

import (
	"path"
	"strconv"
	"strings"
)

// disks are what the units of the tree make of a node's disks.
type disks struct {
	arrays []array
	mounts []mount
}

// array is a software RAID array, of devices that include the spares.
type array struct {
	name, level string
	spares      int
	devices     []string
}

// mount is a file system.
type mount struct{ device, path, format string }

// disksOf reads mdadm's configuration, and the mount units, of the tree.
func disksOf(files []File) disks {
	var d disks
	for _, f := range files {
		text := string(f.Content.Reveal())
		switch {
		case f.Path == "etc/mdadm.conf.d/harender.conf":
			for line := range strings.Lines(text) {
				if a, ok := parseArray(line); ok {
					d.arrays = append(d.arrays, a)
				}
			}
		case strings.HasPrefix(f.Path, units) && strings.HasSuffix(f.Path, ".mount"):
			d.mounts = append(d.mounts, mount{device: setting(text, "What"), path: setting(text, "Where"), format: setting(text, "Type")})
		}
	}
	return d
}

// parseArray reads a line such as ARRAY /dev/md/etcd level=raid1 spares=1 devices=/dev/sda,/dev/sdb,/dev/sdc.
func parseArray(line string) (array, bool) {
	fields := strings.Fields(line)
	if len(fields) < 2 || fields[0] != "ARRAY" {
		return array{}, false
	}
	a := array{name: path.Base(fields[1])}
	for _, f := range fields[2:] {
		switch key, value, _ := strings.Cut(f, "="); key {
		case "level":
			a.level = value
		case "spares":
			a.spares, _ = strconv.Atoi(value) // harender wrote a number.
		case "devices":
			a.devices = strings.Split(value, ",")
		}
	}
	return a, true
}

// setting is the value of a key of a unit.
func setting(unit, key string) string {
	for line := range strings.Lines(unit) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), key+"="); ok {
			return value
		}
	}
	return ""
}
