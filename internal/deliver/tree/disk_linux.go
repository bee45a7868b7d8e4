package tree

import (
	"os"

	"golang.org/x/sys/unix"
)

// exchange makes two entries of one directory change places in one step.
func exchange(h handle, a, b string) error {
	return h.call("exchange", b, func() error {
		return unix.Renameat2(h.fd, a, h.fd, b, unix.RENAME_EXCHANGE)
	})
}

// settle does nothing for a single file: flush brings all of them to the disk at once, which a first build of many
// thousand files needs.
func settle(*os.File) error { return nil }

// flush brings everything that was written to the file system of the directory to its disk.
func flush(h handle) error {
	return h.call("syncfs", "", func() error { return unix.Syncfs(h.fd) })
}

func attributesOf(st *unix.Stat_t) attributes {
	return attributes{mode: st.Mode, uid: st.Uid, gid: st.Gid, device: st.Dev, size: st.Size}
}
