package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/types"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/analyzers/process"
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

func listCommand() *cobra.Command {
	var tags string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list [packages]",
		Short: "List registered functions",
		Long: `List prints the names, the position and the signature of each function that the
packages or their imports register, its options, and where the module calls it. The
default is ./..., the whole module. It then prints what a callee that only imports
their packages would lack: packages that callers import for their effect, and
variables that only callers set.

The first column names the variable and, in parentheses, the function. The second has
the name that messages carry.`,
		Example: `  dispatchmain list
  dispatchmain list -json ./mail/... | jq -r '.[].name'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"./..."}
			}
			l, err := newLoader(cmd.Context())
			if err != nil {
				return err
			}
			p, whole, err := l.load(cmd.Context(), "", tags, args)
			if err == nil {
				err = checkProgram(p, args)
			}
			if err != nil {
				return err
			}
			all := listFunctions(p, whole)
			if asJSON {
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetIndent("", "\t")
				return enc.Encode(all)
			}
			if len(all) == 0 {
				fmt.Fprintln(cmd.ErrOrStderr(), noFunctions(args))
			}
			if err := printList(cmd.OutOrStdout(), all); err != nil {
				return err
			}
			return printLacks(cmd.OutOrStdout(), p)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().StringVar(&tags, "tags", "", "build tags, as for go build")
	return cmd
}

// A function is a registered function, as list prints it.
type function struct {
	Name      string   `json:"name"`              // on the wire
	Aliases   []string `json:"aliases,omitempty"` // other names under which it is served
	Queue     string   `json:"queue,omitempty"`   // of its calls
	Timeout   string   `json:"timeout,omitempty"` // of its executions; empty if the source does not tell
	Func      string   `json:"func"`              // in Go syntax, such as mail.send
	Var       string   `json:"var,omitempty"`     // variable that holds the result of Register
	Signature string   `json:"signature"`
	Package   string   `json:"package"` // that registers it
	Position  string   `json:"position"`
	Calls     []string `json:"calls"` // positions
}

// listFunctions returns the functions that the packages in p register, by import
// path and position, with their calls in the whole module.
func listFunctions(p, whole *load.Program) []function {
	calls := callsIn(whole)
	all := []function{} // in JSON, none is an empty list
	for _, pkg := range p.Registering() {
		for _, r := range p.Model(pkg.PkgPath).Registrations {
			if !r.Served {
				continue
			}
			all = append(all, function{
				Name: r.Name, Aliases: r.Aliases, Queue: r.Queue, Timeout: r.Timeout, Func: r.Func, Var: r.Var,
				Signature: types.TypeString(r.Signature, (*types.Package).Name),
				Package:   r.Package,
				Position:  p.Position(r.Call.Pos()).String(),
				Calls:     append([]string{}, calls[variable{r.Package, r.Var}]...),
			})
		}
	}
	return all
}

// A variable holds the result of Register.
type variable struct{ path, name string } // the import path of its package, and mail.Send

// callsIn returns the positions where the packages of p call a function through its
// variable, outside tests.
func callsIn(p *load.Program) map[variable][]string {
	calls := make(map[variable][]string)
	for _, pkg := range p.Syntax() {
		for _, file := range pkg.Syntax {
			for n := range ast.Preorder(file) {
				if sel, ok := n.(*ast.SelectorExpr); ok && registration.IsCall(pkg.TypesInfo, sel) {
					if v := variableOf(pkg.TypesInfo, sel.X); v != nil && v.Pkg() != nil {
						key := variable{v.Pkg().Path(), v.Pkg().Name() + "." + v.Name()}
						calls[key] = append(calls[key], p.Position(sel.Pos()).String())
					}
				}
			}
		}
	}
	return calls
}

// variableOf returns the variable F in F, F.With(…) and mail.F, or nil.
func variableOf(info *types.Info, e ast.Expr) *types.Var {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, _ := info.Uses[e].(*types.Var)
		return v
	case *ast.SelectorExpr:
		return variableOf(info, e.Sel)
	case *ast.CallExpr:
		if with, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok {
			return variableOf(info, with.X)
		}
	}
	return nil
}

// printList prints one line for each function, and one with its calls.
func printList(w io.Writer, all []function) error {
	var table strings.Builder
	tab := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	for _, f := range all {
		fmt.Fprintf(tab, "%s\t%s\t%s\t%s\n", display(registration.Function{Var: f.Var, Func: f.Func}), f.Name+f.options(), f.Position, f.Signature)
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	for i, line := range slices.Collect(strings.Lines(table.String())) {
		if len(all[i].Calls) > 0 {
			line += "  called at " + strings.Join(all[i].Calls, ", ") + "\n"
		}
		if _, err := io.WriteString(w, line); err != nil {
			return err
		}
	}
	return nil
}

// options returns the options of f in parentheses, or "" if it has none.
func (f *function) options() string {
	var out []string
	for _, alias := range f.Aliases {
		out = append(out, "alias "+alias)
	}
	if f.Queue != "" {
		out = append(out, "queue "+f.Queue)
	}
	if f.Timeout != "" {
		out = append(out, "timeout "+f.Timeout)
	}
	if out == nil {
		return ""
	}
	return " (" + strings.Join(out, ", ") + ")"
}

// printLacks prints what callers have, and a callee that imports only the packages of the
// functions in p lacks.
func printLacks(w io.Writer, p *load.Program) error {
	var paths []string
	for _, pkg := range p.Registering() {
		paths = append(paths, pkg.PkgPath)
	}
	m := process.OfPackages(p, paths)
	if m == nil {
		return nil
	}
	imports, unset := m.Imports(), m.Unset()
	unset = slices.DeleteFunc(unset, func(u process.Unset) bool { return u.Import != "" })
	if len(imports)+len(unset) == 0 {
		return nil
	}
	fmt.Fprintln(w, "\na callee lacks:")
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, imp := range imports {
		fmt.Fprintf(tab, "  %s\tfor %s\timported by %s (generate imports it)\n", imp.Path, imp.For, imp.Caller)
	}
	for _, u := range unset {
		fmt.Fprintf(tab, "  %s\tfor %s\tset by %s (set it in dispatch.OnStart)\n", u.Path, u.Reader, u.Setter)
	}
	return tab.Flush()
}
