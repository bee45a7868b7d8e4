//go:build unix

package sandbox

import "syscall"

// limitMemory bounds the process's own memory, in bytes, and keeps it from leaving a core file.
func limitMemory(size uint64) error {
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return err
	}
	return syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: size, Max: size})
}
