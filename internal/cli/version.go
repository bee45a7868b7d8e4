package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersion(env Environment) *cobra.Command {
	var f format
	c := &cobra.Command{
		Use:   "version",
		Short: "Print the program's version",
		Long:  "version prints the program's version; with -o json, the versions of Go and of the modules that it was built from, too.",
		Example: `  harender version
  harender version -o json`,
		Args: atMost(0),
		RunE: func(*cobra.Command, []string) error {
			if f == jsonText {
				return env.printJSON(newBuildInfo())
			}
			_, err := fmt.Fprintln(env.Out, version())
			return err
		},
	}
	addFormat(c, &f, text, jsonText)
	return c
}

// version is that of the module which the program was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "unknown"
	}
	return info.Main.Version
}

// buildInfo is what the program was built from.
type buildInfo struct {
	Version  string            `json:"version"`
	Go       string            `json:"go"`
	Platform string            `json:"platform"`
	Modules  map[string]string `json:"modules"`
}

func newBuildInfo() buildInfo {
	out := buildInfo{Version: version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Modules: map[string]string{}}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Replace != nil {
				m = m.Replace
			}
			out.Modules[m.Path] = m.Version
		}
	}
	return out
}
