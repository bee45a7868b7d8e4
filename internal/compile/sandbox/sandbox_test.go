package sandbox

import "testing"

// TestOutOfMemory: what Go programs were seen to say as they ran into the limit.
func TestOutOfMemory(t *testing.T) {
	for words, want := range map[string]bool{
		"fatal error: runtime: out of memory\n\nruntime stack:\n": true,
		"runtime: cannot allocate memory\n":                       true,
		"SIGSEGV: segmentation violation\nPC=0x43367d m=2 sigcode=1 addr=0x0\n\ngoroutine 0 gp=0x13f7440ba960 m=2 [idle]:\n":  true,
		"panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation]\n": false,
	} {
		if got := outOfMemory(words); got != want {
			t.Errorf("%q: %t", words, got)
		}
	}
}
