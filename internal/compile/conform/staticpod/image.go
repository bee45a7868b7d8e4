package staticpod

import (
	"regexp"
	"strings"
)

// imageName is the grammar of github.com/distribution/reference, by which the kubelet reads the names of images.
var imageName = regexp.MustCompile(`^` +
	`(?:(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?/)?` +
	`[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*` +
	`(?::\w[\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`)

// isReference leaves what is filled in later to whoever fills it in.
func isReference(image string) bool {
	return strings.Contains(image, "$") || imageName.MatchString(image)
}
