// Package bounded reads what others may have written: no further than a limit, which the error names, and nothing that
// is no regular file, which could make a reader wait for ever.
package bounded

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Limits, in bytes, of what is read whole. Nothing that a person or this program writes comes near.
const (
	// File is a rendered file, a sealed one, a certificate or a list of hashes.
	File = 16 << 20
	// Index lists the files of one node.
	Index = 64 << 20
)

// ErrTooLarge is wrapped by the errors of this package that name a limit.
var ErrTooLarge = errors.New("too large")

// ReadFile reads a regular file of at most so many bytes.
func ReadFile(files fs.FS, name string, most int64) ([]byte, error) {
	info, err := fs.Stat(files, name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("not a regular file")}
	case info.Size() > most:
		return nil, &fs.PathError{Op: "read", Path: name, Err: tooLarge(most)}
	}
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	// With room for all of it there is one copy, which anyone who reads a key can wipe.
	text := bytes.NewBuffer(make([]byte, 0, info.Size()+bytes.MinRead))
	_, err = text.ReadFrom(io.LimitReader(f, most+1))
	if int64(text.Len()) > most {
		err = errors.Join(err, tooLarge(most))
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return text.Bytes(), nil
}

// ReadAll reads to the end, which must come within so many bytes.
func ReadAll(r io.Reader, most int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > most {
		return nil, tooLarge(most)
	}
	return text, nil
}

func tooLarge(most int64) error {
	if most >= 1<<20 {
		return fmt.Errorf("%w: it has more than %d MiB, the most that is read", ErrTooLarge, most>>20)
	}
	return fmt.Errorf("%w: it has more than %d bytes, the most that is read", ErrTooLarge, most)
}
