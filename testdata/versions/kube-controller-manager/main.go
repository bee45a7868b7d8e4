// Command kube-controller-manager says what the component of that name takes.
package main

import (
	"k8s.io/kubernetes/cmd/kube-controller-manager/app"

	"github.com/harender/harender/testdata/versions/describe"
)

func main() {
	describe.Command(app.NewControllerManagerCommand()).Main()
}
