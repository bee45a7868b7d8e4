//go:build unix

package sandbox

import (
	"syscall"
	"time"
)

// limitMemory bounds the process's own memory, in bytes, and keeps it from leaving a core file.
func limitMemory(size uint64) error {
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return err
	}
	return syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: size, Max: size})
}

// limitTime has the kernel end this process once it took so much more time of processors, in whole seconds.
func limitTime(left time.Duration) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_CPU, &limit); err != nil {
		return err
	}
	end := uint64((processorTime() + max(left, 0) + time.Second - 1) / time.Second) // #nosec G115 -- no less than 0
	end = min(max(end, 1), limit.Max)                                               // Only root gets back what it gave away.
	return syscall.Setrlimit(syscall.RLIMIT_CPU, &syscall.Rlimit{Cur: end, Max: end})
}

// processorTime is what this process took.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
