// Command kube-scheduler says what the component of that name takes.
package main

import (
	"k8s.io/kubernetes/cmd/kube-scheduler/app"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/scheme"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/validation"

	"github.com/harender/harender/testdata/versions/describe"
)

func main() {
	known := describe.Scheme{Scheme: scheme.Scheme, Kinds: []string{"KubeSchedulerConfiguration"}}
	p := describe.Command(app.NewSchedulerCommand())
	p.More.APIs = describe.APIs(known)
	p.Decode = func(data []byte) error {
		obj, err := describe.Decode(data, known)
		if err != nil {
			return err
		}
		return validation.ValidateKubeSchedulerConfiguration(obj.(*config.KubeSchedulerConfiguration))
	}
	p.Main()
}
