// Command kube-proxy says what the component of that name takes.
package main

import (
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/kubernetes/cmd/kube-proxy/app"
	"k8s.io/kubernetes/pkg/proxy/apis/config"
	"k8s.io/kubernetes/pkg/proxy/apis/config/scheme"
	"k8s.io/kubernetes/pkg/proxy/apis/config/validation"

	"github.com/harender/harender/testdata/versions/describe"
)

func main() {
	known := describe.Scheme{Scheme: scheme.Scheme, Kinds: []string{"KubeProxyConfiguration"}}
	p := describe.Command(app.NewProxyCommand())
	p.More.APIs = describe.APIs(known)
	p.Decode = func(data []byte) error {
		obj, err := describe.Decode(data, known)
		if err != nil {
			return err
		}
		c := obj.(*config.KubeProxyConfiguration)
		if err := utilfeature.DefaultMutableFeatureGate.SetFromMap(c.FeatureGates); err != nil {
			return err
		}
		return validation.Validate(c).ToAggregate()
	}
	p.Main()
}
