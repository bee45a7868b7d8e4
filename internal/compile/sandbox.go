package compile

import (
	"os"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/jsonnet"
)

// compiled runs the pure half of the program, with jsonnet in its sandbox.
func compiled(dir *os.Root, env Environment) (Compiled, diag.List) {
	if env.Sandbox == nil {
		return Compile(dir.FS(), env.Builtin, jsonnet.Evaluate)
	}
	sandbox, err := jsonnet.Start(env.Sandbox(dir.Name()))
	if err != nil {
		return Compiled{}, diag.List{{Summary: "cannot evaluate jsonnet", Detail: err.Error()}}
	}
	c, list := Compile(dir.FS(), env.Builtin, sandbox.Evaluate)
	if err := sandbox.Close(); err != nil && !list.HasErrors() {
		list = append(list, diag.Diagnostic{Summary: "cannot evaluate jsonnet", Detail: err.Error()})
	}
	return c, list
}
