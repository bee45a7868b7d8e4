// Package harender carries the built-in layers: the jsonnet library, the kustomize base, the overlays and the
// certificate recipes, as one read-only file system.
package harender

import "embed"

// Assets holds lib, base, overlays and secrets as they lie in this repository.
//
//go:embed lib base overlays secrets
var Assets embed.FS
