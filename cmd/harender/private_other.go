//go:build unix && !linux

package main

import "golang.org/x/sys/unix"

// private keeps what is in this process's memory from core files.
func private() error { return unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}) }
