package repository

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"os"

	"github.com/harender/harender/internal/change/rollout"
	"github.com/harender/harender/internal/diag"
)

// readSnapshot has what is to know of the snapshot in a file, or what is wrong with it.
func (env Environment) readSnapshot(file string) (rollout.Snapshot, diag.List) {
	env.watch("reading the snapshot", 0, 0)
	s, err := sumFile(file)
	if err == nil {
		return s, nil
	}
	return s, diag.List{{
		Summary: "cannot restore from " + diag.Quote(file), Detail: diag.Cause(err).Error(),
		Hint: "name a file that etcdctl snapshot save has made, or a copy of member/snap/db of a member that was stopped",
	}}
}

func sumFile(name string) (out rollout.Snapshot, err error) {
	about, err := os.Stat(name)
	if err != nil {
		return out, err
	}
	if !about.Mode().IsRegular() {
		return out, errors.New("it is no regular file")
	}
	f, err := os.Open(name) // #nosec G304 -- the user's own
	if err != nil {
		return out, err
	}
	defer func() { err = cmp.Or(err, f.Close()) }()
	return sumSnapshot(f, about.Size())
}

// sumSnapshot reads a snapshot once, of any size. It is a database of bbolt, whose first page has a number to know it by, in the
// order of bytes of the machine that made it; etcd writes the SHA-256 of that behind it, and knows by the size whether it is there
// (page.go and db.go of bbolt, etcdutl/snapshot/v3_snapshot.go of etcd).
func sumSnapshot(r io.Reader, size int64) (rollout.Snapshot, error) {
	const sector, magic, magicAt = 512, 0xED0CDAED, 16
	out := rollout.Snapshot{Hashed: size%sector == sha256.Size}
	if size < 2*sector || !out.Hashed && size%sector != 0 {
		return out, errors.New("it is no database of etcd, or not all of one")
	}
	first := make([]byte, sector)
	if _, err := io.ReadFull(r, first); err != nil {
		return out, err
	}
	if at := first[magicAt:]; binary.LittleEndian.Uint32(at) != magic && binary.BigEndian.Uint32(at) != magic {
		return out, errors.New("it is no database of etcd")
	}
	content, end := size, []byte{}
	if out.Hashed {
		content, end = size-sha256.Size, make([]byte, sha256.Size)
	}
	sum := sha256.New()
	sum.Write(first)
	if _, err := io.CopyN(sum, r, content-sector); err != nil {
		return out, err
	}
	if _, err := io.ReadFull(r, end); err != nil {
		return out, err
	}
	if out.Hashed && !bytes.Equal(sum.Sum(nil), end) {
		return out, errors.New("it is damaged: its content is not what etcd wrote")
	}
	sum.Write(end)
	out.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return out, nil
}
