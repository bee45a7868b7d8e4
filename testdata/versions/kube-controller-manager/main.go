// Command kube-controller-manager says what the component of that name takes.
package main

import (
	"fmt"
	"slices"

	"github.com/spf13/pflag"
	"k8s.io/client-go/tools/clientcmd"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app/options"

	"github.com/harender/harender/testdata/versions/describe"
)

func main() {
	p := describe.Command(app.NewControllerManagerCommand())
	p.Start = start
	p.Main()
}

// start is what the command does before it asks an apiserver.
func start(args []string) error {
	opts, err := options.NewKubeControllerManagerOptions()
	if err != nil {
		return err
	}
	all, off, aliases := app.KnownControllers(), app.ControllersDisabledByDefault(), app.ControllerAliases()
	set := pflag.NewFlagSet("kube-controller-manager", pflag.ContinueOnError)
	set.SetNormalizeFunc(cliflag.WordSepNormalizeFunc)
	named := opts.Flags(all, off, aliases)
	for _, flags := range named.FlagSets {
		set.AddFlagSet(flags)
	}
	if err := set.Parse(args); err != nil {
		return err
	}
	if rest := set.Args(); slices.ContainsFunc(rest, func(word string) bool { return word != "" }) {
		return fmt.Errorf("kube-controller-manager does not take any arguments, got %q", rest)
	}
	if err := opts.ComponentGlobalsRegistry.Set(); err != nil {
		return err
	}
	if err := opts.Validate(all, off, aliases); err != nil {
		return err
	}
	_, err = clientcmd.BuildConfigFromFlags(opts.Master, opts.Generic.ClientConnection.Kubeconfig)
	return err
}
