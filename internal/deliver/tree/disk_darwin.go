package tree

import (
	"os"

	"golang.org/x/sys/unix"
)

// exchange makes two entries of one directory change places in one step.
func exchange(h handle, a, b string) error {
	return h.call("exchange", b, func() error {
		return unix.RenameatxNp(h.fd, a, h.fd, b, unix.RENAME_SWAP)
	})
}

// settle hands the file to the drive; flush makes the drive write it.
func settle(f *os.File) error { return unix.Fsync(int(f.Fd())) }

// flush makes the drive write what it was handed: Sync is F_FULLFSYNC here.
func flush(h handle) error { return h.file.Sync() }

func attributesOf(st *unix.Stat_t) attributes {
	return attributes{mode: uint32(st.Mode), uid: st.Uid, gid: st.Gid, device: uint64(st.Dev), size: st.Size}
}
