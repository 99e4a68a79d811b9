package main

import (
	"encoding/json"
	"fmt"
	"go/types"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/analyzers/process"
)

func listCommand() *cobra.Command {
	var tags string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list [packages]",
		Short: "List registered functions",
		Long: `List prints the name, signature and position of each function that the packages or
their imports register. The default is ./..., the whole module. It then prints what a
callee that only imports their packages would lack: packages that callers import for
their effect, and variables that only callers set.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"./..."}
			}
			cfg := &load.Config{Local: true}
			if tags != "" {
				cfg.BuildFlags = []string{"-tags=" + tags}
			}
			p, err := loadProgram(cmd.Context(), cfg, args)
			if err != nil {
				return err
			}
			all := listFunctions(p)
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
	Func      string   `json:"func"`              // in Go syntax, such as mail.send
	Var       string   `json:"var,omitempty"`     // variable that holds the result of Register
	Signature string   `json:"signature"`
	Package   string   `json:"package"` // that registers it
	Position  string   `json:"position"`
}

// listFunctions returns the functions that the packages in p register, by import
// path and position.
func listFunctions(p *load.Program) []function {
	all := []function{} // in JSON, none is an empty list
	for _, pkg := range p.Registering() {
		for _, r := range p.Model(pkg.PkgPath).Registrations {
			if !r.Served {
				continue
			}
			all = append(all, function{
				Name: r.Name, Aliases: r.Aliases, Queue: r.Queue, Func: r.Func, Var: r.Var,
				Signature: types.TypeString(r.Signature, (*types.Package).Name),
				Package:   r.Package,
				Position:  p.Position(r.Call.Pos()).String(),
			})
		}
	}
	return all
}

// printList prints one line for each function.
func printList(w io.Writer, all []function) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range all {
		name := f.Name
		if f.Queue != "" {
			name += " (queue " + f.Queue + ")"
		}
		fmt.Fprintf(tab, "%s\t%s\t%s\t%s\n", f.Func, name, f.Position, f.Signature)
	}
	return tab.Flush()
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
