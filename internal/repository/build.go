// Package repository is what a command does in a repository: the only place where the pure half of the program, keys and
// the disk meet. The pipeline goes spec, cluster, plan, render, issue, join, write; a stage with errors is the last.
package repository

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/compile/sandbox"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/issue"
	"github.com/harender/harender/internal/layout"
)

// Directories of a repository that a build writes.
const (
	Output  = layout.Rendered
	secrets = "secrets"
)

// Environment is what a build takes from outside the repository.
type Environment struct {
	// Builtin are the layers that the program brings.
	Builtin fs.FS
	Now     func() time.Time
	Rand    io.Reader
	// LookupEnv finds where identities are.
	LookupEnv func(string) (string, bool)
	// Sandbox is the command that computes and shapes the layers of the repository at root: [sandbox.Serve]. Without one,
	// that is done in this process, which hostile layers can end.
	Sandbox func(root string) *exec.Cmd
	// Budget is what all that a command evaluates may take together. Without one, what plain data takes is not counted.
	Budget *sandbox.Budget
	// Watch, if there is one, is told how many of how many things are done; 0 is as many as there turn out to be. It is called
	// from several goroutines, often.
	Watch func(doing string, done, of int)
}

// Options of a build.
type Options struct {
	// Locked makes nothing that needs a key.
	Locked bool
	// Rebuilt says that the machines begin again: they need not come from the version in the output, and etcd has no members yet.
	Rebuilt bool
	// AcceptRecipients agrees that existing secrets become readable for somebody new.
	AcceptRecipients bool
	// KeepUnopened puts off a change of recipients where no key at hand opens the file: an operators' key was lost.
	KeepUnopened bool
	// Renew asks for certificates to be reissued that need not be. Its authority is named as in Rotate.
	Renew issue.Renewal
	// Users are those whose tokens and passwords are replaced; AllUsers replaces everybody's.
	Users    []string
	AllUsers bool
	// Rotate is a step of a rotation to make; without a name, there is none.
	Rotate Rotation
}

// Report says what a build did.
type Report struct {
	Cluster    string        `json:"cluster"`
	Kubernetes string        `json:"kubernetes"`
	Nodes      int           `json:"nodes"`
	Counts     issue.Counts  `json:"certificates"`
	Events     []issue.Event `json:"events"`
	NextExpiry issue.Expiry  `json:"nextExpiry"`
	Secrets    tree.Stats    `json:"secrets"`
	Rendered   tree.Stats    `json:"rendered"`
	Shadowed   []string      `json:"shadowed,omitempty"`
	// Rotations are those under way.
	Rotations []issue.Rotation `json:"rotations,omitempty"`
}

// Check does what Compile does, and finds what a build would refuse of the secrets and of their policy. It writes nothing,
// and needs no key.
func Check(root string, env Environment) (compile.Compiled, diag.List) {
	return inspect(root, env, judged)
}

// Compile compiles the repository at root, and sees whether its files make a tree. It looks at no secret and writes nothing.
func Compile(root string, env Environment) (compile.Compiled, diag.List) {
	return inspect(root, env, func(*os.Root, compile.Compiled, Environment) diag.List { return nil })
}

func inspect(root string, env Environment, judge func(*os.Root, compile.Compiled, Environment) diag.List) (compile.Compiled, diag.List) {
	dir, list := open(root)
	if list.HasErrors() {
		return compile.Compiled{}, list
	}
	c, list := compileRepository(dir, env)
	if !list.HasErrors() {
		list = slices.Concat(list, findConflicts(dir, c, env), collisions(c), ends(dir, c), judge(dir, c, env))
		list = append(list, c.Complete(append(steps(dir.Name(), c.Plan), crossings(dir, c)...))...)
	}
	return c, append(list, closeRoot(dir)...)
}

// judged is what a build refuses of secrets/ and of their policy before it makes anything, and what the day tells of the spec.
func judged(dir *os.Root, c compile.Compiled, env Environment) diag.List {
	in, list := issueInputs(dir, env)
	if list.HasErrors() {
		return list
	}
	return append(list, c.Complete(append(issue.Judge(c.Plan, in), support(c, env.Now())...))...)
}

// Plan reads the spec of the repository at root and plans its cluster. It renders and writes nothing, and needs no key.
func Plan(root string, env Environment) (plan.Plan, diag.List) {
	dir, list := open(root)
	if list.HasErrors() {
		return plan.Plan{}, list
	}
	_, c, list := resolveSpec(dir, env)
	if list = append(list, closeRoot(dir)...); list.HasErrors() {
		return plan.Plan{}, list
	}
	return plan.Make(c), list
}

// PlanForKeys is Plan for commands about keys, which leave the warnings about the spec to check and build.
func PlanForKeys(root string, env Environment) (plan.Plan, diag.List) {
	p, list := Plan(root, env)
	return p, list.Errors()
}

// open gives the repository as a file system which no symbolic link leaves.
func open(root string) (*os.Root, diag.List) {
	dir, err := os.OpenRoot(root)
	if err != nil {
		return nil, diag.List{{
			Summary: "cannot open the directory " + diag.Quote(root) + ": " + diag.Cause(err).Error(),
			Hint:    "name the directory that holds the cluster's spec, or make one with harender init",
		}}
	}
	return dir, nil
}

func closeRoot(dir *os.Root) diag.List {
	if err := dir.Close(); err != nil {
		return diag.List{{Summary: "cannot close " + diag.Quote(dir.Name()), Detail: err.Error()}}
	}
	return nil
}

// Build compiles the repository at root, issues what is missing, and brings secrets/ and the output up to date, each in
// one step and in this order: a build that dies in between has lost nothing, and the next one goes on from there.
func Build(ctx context.Context, root string, env Environment, o Options) (Report, diag.List, error) {
	dir, list := open(root)
	if list.HasErrors() {
		return Report{}, list, nil
	}
	unlock, err := tree.Lock(ctx, root)
	if err != nil {
		return Report{}, closeRoot(dir), err
	}
	report, list, err := build(dir, env, o)
	return report, append(list, closeRoot(dir)...), errors.Join(err, unlock())
}

func build(dir *os.Root, env Environment, o Options) (Report, diag.List, error) {
	if err := tree.Recover(dir.Name(), secrets); err != nil {
		return Report{}, nil, err
	}
	by := compile.Compile
	if o.Rebuilt {
		by = compile.Rebuild
	}
	c, list := compileBy(dir, env, by)
	if list.HasErrors() {
		return Report{}, list, nil
	}
	if list = slices.Concat(list, findConflicts(dir, c, env), ends(dir, c)); list.HasErrors() {
		return Report{}, list, nil
	}
	if !o.Rebuilt {
		if list = append(list, c.Complete(append(steps(dir.Name(), c.Plan), crossings(dir, c)...))...); list.HasErrors() {
			return Report{}, list, nil
		}
	}
	made, found := issued(dir, c, env, o)
	list = append(list, c.Complete(found)...)
	if list.HasErrors() {
		return Report{}, list, nil
	}
	if list = append(list, lostSecrets(dir.Name(), c.Plan, made)...); list.HasErrors() {
		return Report{}, list, nil
	}
	joined, err := join(c.Plan, c.Rendered, made)
	if err != nil {
		return Report{}, append(list, collision(err)), nil
	}
	report := Report{
		Cluster: c.Plan.Cluster.Name, Kubernetes: c.Plan.Cluster.Version.String(), Nodes: len(c.Plan.Nodes),
		Counts: made.Counts, Events: made.Events, NextExpiry: made.NextExpiry, Shadowed: c.Shadowed, Rotations: made.Underway,
	}
	sealed := entries(made)
	listed, found := summed(dir.FS(), sealed, made.Remove)
	if list = append(list, found...); list.HasErrors() {
		return Report{}, list, nil
	}
	env.watch("writing", 0, 0)
	found, err = write(dir.Name(), append(sealed, listed), made.Remove, joined, &report)
	return report, append(list, found...), err
}

func write(root string, sealed []tree.Entry, remove []string, joined tree.Tree, report *Report) (list diag.List, err error) {
	if report.Secrets, err = tree.Replace(root, secrets, sealed, remove); err != nil {
		return nil, fmt.Errorf("writing %s: %w", secrets, err)
	}
	if report.Rendered, list, err = tree.Publish(root, Output, joined); err != nil {
		return list, fmt.Errorf("writing %s: %w", Output, err)
	}
	return list, nil
}

func issued(dir *os.Root, c compile.Compiled, env Environment, o Options) (issue.Result, diag.List) {
	in, list := issueInputs(dir, env)
	if list.HasErrors() {
		return issue.Result{}, list
	}
	in.Locked, in.AcceptRecipients, in.KeepUnopened = o.Locked, o.AcceptRecipients, o.KeepUnopened
	if list = append(list, o.applyOptions(dir, c, &in)...); list.HasErrors() {
		return issue.Result{}, list
	}
	result, found := issue.Issue(c.Plan, in)
	return result, append(list, found...)
}

func entries(r issue.Result) []tree.Entry {
	out := make([]tree.Entry, 0, len(r.Write))
	for _, name := range r.Write {
		out = append(out, tree.Entry{Path: name, Content: r.Files[name]})
	}
	return out
}

// collision words files that the layers placed where no file can be, or where another one is.
func collision(err error) diag.Diagnostic {
	const most = 5
	lines := strings.Split(err.Error(), "\n")
	if rest := len(lines) - most; rest > 0 {
		lines = append(lines[:most], fmt.Sprintf("... and %d more", rest))
	}
	return diag.Diagnostic{
		Summary: "the rendered files do not make a tree",
		Detail:  strings.Join(lines, "\n"),
		Hint:    "a mixin or a Component gives a file a path that is taken or not allowed: choose another",
	}
}

// collisions finds what would keep the files from making a tree, before anything was issued.
func collisions(c compile.Compiled) diag.List {
	nodes := make(map[string][]tree.File, len(c.Plan.Nodes))
	for _, n := range c.Plan.Nodes {
		files := slices.Clone(c.Rendered.Nodes[n.Cluster.Name])
		for _, m := range n.Material {
			m.Sealed = false // There are no bytes yet, and none that a seal could be on.
			files = append(files, materialFile(m, nil))
		}
		nodes[n.Cluster.Name] = files
	}
	if _, err := tree.New(nodes, c.Rendered.Shared); err != nil {
		return diag.List{collision(err)}
	}
	return nil
}
