// Package floor does the work of a first build as a plain loop does it: no spec, no layers, no plan, nothing compared, one
// thing after the other. No program that makes the same keys, certificates, sealed files and bytes does much less.
package floor

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/harender/harender/internal/proof/bench/work"
)

// Maker has what the loop takes from outside.
type Maker struct {
	// Dir is empty at first.
	Dir  string
	Now  time.Time
	Rand io.Reader

	authorities map[string]authority
	made        map[string][]byte
}

// Do does the work below Dir. Nothing is brought to the disk.
func (m *Maker) Do(l work.List) error {
	m.authorities, m.made = map[string]authority{}, map[string][]byte{}
	for _, dir := range l.Dirs {
		if err := os.Mkdir(filepath.Join(m.Dir, dir), 0o750); err != nil {
			return err
		}
	}
	for _, c := range l.Certificates {
		if err := m.certify(c); err != nil {
			return fmt.Errorf("%s: %w", c.Path, err)
		}
	}
	return m.fill(l)
}

func (m *Maker) fill(l work.List) error {
	for _, s := range l.Sealed {
		plain := make([]byte, s.Size)
		if _, err := io.ReadFull(m.Rand, plain); err != nil {
			return err
		}
		if err := m.seal(s.Path, plain, s.Recipients); err != nil {
			return fmt.Errorf("%s: %w", s.Path, err)
		}
	}
	for _, p := range l.Plain {
		if err := m.write(p.Path, bytes.Repeat([]byte{'x'}, p.Size)); err != nil {
			return err
		}
	}
	for _, c := range l.Copies {
		if err := m.write(c.Path, m.made[c.Of]); err != nil {
			return err
		}
	}
	return nil
}

func (m *Maker) keep(name string, data []byte) error {
	m.made[name] = data
	return m.write(name, data)
}

func (m *Maker) write(name string, data []byte) error {
	return os.WriteFile(filepath.Join(m.Dir, name), data, 0o600)
}
