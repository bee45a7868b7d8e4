// Package describe has what the programs of this module have in common: each holds one component of Kubernetes, as its
// own command builds it, and says what it takes.
//
//	COMPONENT           prints a Component as JSON
//	COMPONENT parse     parses the arguments in stdin, one a line, as the component does before it starts
//	COMPONENT start     the same, and goes on until it would serve: its options are complete and valid, and the files that
//	                    they name are read
//	COMPONENT decode    decodes the configuration file in stdin, strictly, as the component does
//	COMPONENT batch     decodes each text of the JSON list in stdin, and prints the list of its complaints
//
// A component a program: what one registers when it is linked in shows in the flags and gates of another.
package describe

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/component-base/featuregate"
	_ "k8s.io/component-base/logs/json/register" // As in the main of each component: flags of that format.
)

// Component is what a component says of itself.
type Component struct {
	Flags map[string]Flag `json:"flags,omitempty"`
	Gates map[string]Gate `json:"gates,omitempty"`
	// APIs are the versions that a configuration file of a kind may have, the preferred first.
	APIs map[string][]string `json:"apis,omitempty"`
	// Admission is kube-apiserver's alone.
	Admission *Admission `json:"admission,omitempty"`
	// Images are kubeadm's alone: those of the release beside the components.
	Images map[string]string `json:"images,omitempty"`
}

// Flag is a flag of a command line.
type Flag struct {
	Type string `json:"type"`
	// Default is left out where it is the type's zero value.
	Default    string `json:"default,omitempty"`
	Deprecated string `json:"deprecated,omitempty"`
}

// Gate is a feature gate at the version of the program.
type Gate struct {
	Stage   string `json:"stage"`
	Default bool   `json:"default"`
	Locked  bool   `json:"locked,omitempty"`
}

// Admission has the plugins in the order in which they run, and those that are on by default.
type Admission struct {
	Plugins []string `json:"plugins"`
	Default []string `json:"default"`
}

// Program is what a component brings: how it parses its arguments, and whatever of a Component is not there by itself.
type Program struct {
	Flags *pflag.FlagSet
	Parse func(args []string) error
	// Start does all that comes between the arguments and the first request.
	Start func(args []string) error
	// Decode takes a configuration file.
	Decode func(data []byte) error
	More   Component
}

// Command is the program of a cobra command whose flags are parsed by cobra.
func Command(c *cobra.Command) Program {
	c.InitDefaultHelpFlag()
	c.SetGlobalNormalizationFunc(cliflag.WordSepNormalizeFunc)
	return Program{
		Flags: c.Flags(),
		Parse: func(args []string) error {
			if err := c.ParseFlags(args); err != nil {
				return err
			}
			if c.PersistentPreRunE == nil {
				return SetGates(c.Flags())
			}
			return c.PersistentPreRunE(c, nil) // Applies the feature gates.
		},
	}
}

// SetGates applies the feature gates of a component that keeps them as a map until it starts.
func SetGates(set *pflag.FlagSet) error {
	flag := set.Lookup("feature-gates")
	if flag == nil {
		return nil
	}
	given, ok := flag.Value.(*cliflag.MapStringBool)
	if !ok || given.Map == nil {
		return nil
	}
	return utilfeature.DefaultMutableFeatureGate.SetFromMap(*given.Map)
}

// KeepGates gives back what puts the gates of that map to the values that they have now: a batch judges each file alone.
func KeepGates(changed map[string]bool) func() {
	before := map[string]bool{}
	for name := range changed {
		if _, known := utilfeature.DefaultMutableFeatureGate.GetAll()[featuregate.Feature(name)]; known {
			before[name] = utilfeature.DefaultFeatureGate.Enabled(featuregate.Feature(name))
		}
	}
	return func() {
		if err := utilfeature.DefaultMutableFeatureGate.SetFromMap(before); err != nil {
			panic(err) // They had these values.
		}
	}
}

// Main does what the arguments ask for.
func (p Program) Main() {
	if err := p.run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (p Program) run(args []string, stdin io.Reader, stdout io.Writer) error {
	switch {
	case len(args) == 0:
		out := p.More
		if p.Flags != nil {
			out.Flags, out.Gates = flags(p.Flags), gates()
		}
		return json.NewEncoder(stdout).Encode(out)
	case args[0] == "parse" && p.Parse != nil:
		argv, err := arguments(stdin)
		return errors.Join(err, p.Parse(argv))
	case args[0] == "start" && p.Start != nil:
		argv, err := arguments(stdin)
		return errors.Join(err, p.Start(argv))
	case args[0] == "batch" && p.Decode != nil:
		return p.batch(stdin, stdout)
	case args[0] == "decode" && p.Decode != nil:
		data, err := io.ReadAll(stdin)
		if err != nil {
			return err
		}
		return p.Decode(data)
	}
	return fmt.Errorf("nothing known of %q", args)
}

func arguments(lines io.Reader) ([]string, error) {
	var argv []string
	scanner := bufio.NewScanner(lines)
	for scanner.Scan() {
		argv = append(argv, scanner.Text())
	}
	return argv, scanner.Err()
}

// batch has an empty text where there is no complaint. One process for many texts: the start of a component takes longer
// than all of them.
func (p Program) batch(stdin io.Reader, stdout io.Writer) error {
	var texts []string
	if err := json.NewDecoder(stdin).Decode(&texts); err != nil {
		return err
	}
	complaints := make([]string, len(texts))
	for i, text := range texts {
		if err := p.decodeOne(text); err != nil {
			complaints[i] = err.Error()
		}
	}
	return json.NewEncoder(stdout).Encode(complaints)
}

// decodeOne takes a panic for a complaint: the component would not start either.
func (p Program) decodeOne(text string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return p.Decode([]byte(text))
}

func flags(set *pflag.FlagSet) map[string]Flag {
	zero := map[string]bool{"false": true, "0": true, "0s": true, "[]": true, "map[]": true, "<nil>": true}
	out := map[string]Flag{}
	set.VisitAll(func(f *pflag.Flag) {
		flag := Flag{Type: f.Value.Type(), Deprecated: f.Deprecated}
		if usage, ok := strings.CutPrefix(f.Usage, "DEPRECATED: "); ok && flag.Deprecated == "" {
			flag.Deprecated = usage
		}
		if !zero[f.DefValue] {
			flag.Default = f.DefValue
		}
		out[f.Name] = flag
	})
	return out
}

// gates are those of the one set that all components share, each in a process of its own.
func gates() map[string]Gate {
	stages := map[string]string{
		string(featuregate.Alpha): "alpha", string(featuregate.Beta): "beta", string(featuregate.GA): "ga",
		string(featuregate.Deprecated): "deprecated",
	}
	out := map[string]Gate{}
	for name, spec := range utilfeature.DefaultMutableFeatureGate.GetAll() {
		out[string(name)] = Gate{Stage: stages[fmt.Sprint(spec.PreRelease)], Default: spec.Default, Locked: spec.LockToDefault}
	}
	return out
}
