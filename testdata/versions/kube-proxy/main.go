// Command kube-proxy says what the component of that name takes.
package main

import (
	"github.com/spf13/pflag"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	cliflag "k8s.io/component-base/cli/flag"
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
		defer describe.KeepGates(c.FeatureGates)()
		if err := utilfeature.DefaultMutableFeatureGate.SetFromMap(c.FeatureGates); err != nil {
			return err
		}
		return validation.Validate(c).ToAggregate()
	}
	p.Start = start
	p.Main()
}

// start is what the command does before it runs.
func start(args []string) error {
	options := app.NewOptions()
	set := pflag.NewFlagSet("kube-proxy", pflag.ContinueOnError)
	set.SetNormalizeFunc(cliflag.WordSepNormalizeFunc)
	options.AddFlags(set)
	if err := set.Parse(args); err != nil {
		return err
	}
	if err := options.Complete(set); err != nil {
		return err
	}
	return options.Validate()
}
