package main

import (
	"context"
	"errors"

	"github.com/spf13/pflag"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/component-base/cli/globalflag"
	"k8s.io/component-base/logs"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"
)

// start makes the apiserver's whole configuration, and so reads every file that its flags name.
func start(args []string) error {
	s := options.NewServerRunOptions()
	set := pflag.NewFlagSet("kube-apiserver", pflag.ContinueOnError)
	set.SetNormalizeFunc(cliflag.WordSepNormalizeFunc)
	named := s.Flags()
	globalflag.AddGlobalFlags(named.FlagSet("global"), "kube-apiserver", logs.SkipLoggingConfigurationFlags())
	for _, flags := range named.FlagSets {
		set.AddFlagSet(flags)
	}
	if err := set.Parse(args); err != nil {
		return err
	}
	if rest := set.Args(); len(rest) > 0 {
		return errors.New("kube-apiserver does not take any arguments, got " + rest[0])
	}
	if err := s.GenericServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		return err
	}
	completed, err := s.Complete(context.Background())
	if err != nil {
		return err
	}
	if errs := completed.Validate(); len(errs) > 0 {
		return errors.Join(errs...)
	}
	_, err = app.NewConfig(completed)
	return err
}
