//go:build e2e

package release_test

import "testing"

// TestAllData is TestData for every minor that a module was made for.
func TestAllData(t *testing.T) {
	for _, minor := range modules(t) {
		t.Run(minor, func(t *testing.T) { checkData(t, minor) })
	}
}
