// Command kubelet says what the component of that name takes.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/runtime"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	cliflag "k8s.io/component-base/cli/flag"
	_ "k8s.io/kubernetes/cmd/kubelet/app" // Registers gates.
	"k8s.io/kubernetes/cmd/kubelet/app/options"
	"k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/apis/config/scheme"
	"k8s.io/kubernetes/pkg/kubelet/apis/config/v1alpha1"
	"k8s.io/kubernetes/pkg/kubelet/apis/config/validation"

	"github.com/harender/harender/testdata/versions/describe"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run makes the set of flags as the kubelet's own command does, which keeps it to itself.
func run() error {
	flags := options.NewKubeletFlags()
	configuration, err := options.NewKubeletConfiguration()
	if err != nil {
		return err
	}
	set := pflag.NewFlagSet("kubelet", pflag.ContinueOnError)
	set.SetNormalizeFunc(cliflag.WordSepNormalizeFunc)
	flags.AddFlags(set)
	options.AddKubeletConfigFlags(set, configuration)
	options.AddGlobalFlags(set)
	set.BoolP("help", "h", false, "")

	known, _, err := scheme.NewSchemeAndCodecs()
	if err != nil {
		return err
	}
	files := []describe.Scheme{
		{Scheme: known, Kinds: []string{"KubeletConfiguration"}},
		{Scheme: credentialProviders(known), Kinds: []string{"CredentialProviderConfig"}},
	}
	parse := func(args []string) error {
		if err := set.Parse(args); err != nil {
			return err
		}
		if rest := set.Args(); len(rest) > 0 {
			return fmt.Errorf("unknown command %s", rest[0])
		}
		if err := describe.SetGates(set); err != nil {
			return err
		}
		return options.ValidateKubeletFlags(flags)
	}
	describe.Program{
		Flags: set,
		Parse: parse,
		// Start also reads the file of its configuration.
		Start: func(args []string) error {
			if err := parse(args); err != nil || flags.KubeletConfigFile == "" {
				return err
			}
			data, err := os.ReadFile(flags.KubeletConfigFile)
			if err != nil {
				return err
			}
			return decode(data, files)
		},
		Decode: func(data []byte) error { return decode(data, files) },
		More:   describe.Component{APIs: describe.APIs(files...)},
	}.Main()
	return nil
}

// credentialProviders adds the version that only the kubelet's reader of that file has.
func credentialProviders(scheme *runtime.Scheme) *runtime.Scheme {
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		panic(err)
	}
	return scheme
}

// decode takes a KubeletConfiguration only if it is valid with its own feature gates.
func decode(data []byte, files []describe.Scheme) error {
	obj, err := describe.Decode(data, files...)
	if err != nil {
		return err
	}
	c, ok := obj.(*config.KubeletConfiguration)
	if !ok {
		return nil
	}
	defer describe.KeepGates(c.FeatureGates)()
	if err := utilfeature.DefaultMutableFeatureGate.SetFromMap(c.FeatureGates); err != nil {
		return err
	}
	c.FailCgroupV1 = false // A matter of the host, not of the file.
	return validation.ValidateKubeletConfiguration(c, utilfeature.DefaultFeatureGate)
}
