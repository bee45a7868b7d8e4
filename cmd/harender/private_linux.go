package main

import (
	"errors"

	"golang.org/x/sys/unix"
)

// private keeps what is in this process's memory from core files, and from other processes of the same user: the kernel
// then gives only root /proc/PID/mem, and lets only root trace.
func private() error {
	return errors.Join(
		unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}),
		unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0),
	)
}
