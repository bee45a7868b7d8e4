// Command kube-scheduler says what the component of that name takes.
package main

import (
	"context"

	"github.com/spf13/pflag"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/kubernetes/cmd/kube-scheduler/app"
	"k8s.io/kubernetes/cmd/kube-scheduler/app/options"
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
	p.Start = start
	p.Main()
}

// start sets the scheduler up, but for what needs an apiserver.
func start(args []string) error {
	opts := options.NewOptions()
	set := pflag.NewFlagSet("kube-scheduler", pflag.ContinueOnError)
	set.SetNormalizeFunc(cliflag.WordSepNormalizeFunc)
	for _, flags := range opts.Flags.FlagSets {
		set.AddFlagSet(flags)
	}
	if err := set.Parse(append([]string{"--authentication-skip-lookup=true"}, args...)); err != nil {
		return err
	}
	if err := opts.ComponentGlobalsRegistry.Set(); err != nil {
		return err
	}
	_, _, err := app.Setup(context.Background(), opts)
	return err
}
