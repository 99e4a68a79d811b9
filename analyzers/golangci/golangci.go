// Package golangci makes the suite a module plugin of golangci-lint, under the
// name dispatch. It leaves out the checks whose results depend on files outside
// of the package, because golangci-lint would show stale results from its cache.
// Run dispatchvet for them; dispatchmain check runs dispatchimport, too.
//
// Its settings are
//
//	linters:
//	  enable: [dispatch]
//	  settings:
//	    custom:
//	      dispatch:
//	        type: module
//	        settings:
//	          disable: [dispatchcall] # none by default
//	          secrets: true # dispatchargs also reports arguments that are named like secrets
package golangci

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/golangci/plugin-module-register/register"
	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers"
	"github.com/cloud-functions-dispatch/go/analyzers/dispatchargs"
)

func init() { register.Plugin("dispatch", New) }

type settings struct {
	Disable []string `json:"disable"`
	Secrets bool     `json:"secrets"`
}

// New returns the plugin. It returns an error if the settings have an unknown field,
// or disable a check that the plugin does not have.
func New(raw any) (register.LinterPlugin, error) {
	s, err := register.DecodeSettings[settings](raw)
	if err != nil {
		return nil, fmt.Errorf("dispatch: read the settings: %w", err)
	}
	if err := dispatchargs.Analyzer.Flags.Set(dispatchargs.SecretsFlag, strconv.FormatBool(s.Secrets)); err != nil {
		return nil, fmt.Errorf("dispatch: set secrets: %w", err)
	}
	p := new(plugin)
	var names []string
	for _, a := range analyzers.Suite {
		if slices.Contains(analyzers.OfModule, a) {
			continue
		}
		names = append(names, a.Name)
		if !slices.Contains(s.Disable, a.Name) {
			p.analyzers = append(p.analyzers, a)
		}
	}
	for _, name := range s.Disable {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("dispatch: disable names %q, which is not a check of the plugin (use one of %s)", name, strings.Join(names, ", "))
		}
	}
	return p, nil
}

type plugin struct{ analyzers []*analysis.Analyzer }

// warnOnce warns, the first time, that the plugin leaves some checks out.
var warnOnce = sync.OnceFunc(func() {
	var stale []string
	for _, a := range analyzers.OfModule {
		stale = append(stale, a.Name)
	}
	fmt.Fprintf(os.Stderr, "dispatch: golangci-lint's cache would make %s stale: run go tool dispatchvet for them\n", strings.Join(stale, " and "))
})

func (p *plugin) BuildAnalyzers() ([]*analysis.Analyzer, error) {
	warnOnce()
	return p.analyzers, nil
}

func (*plugin) GetLoadMode() string { return register.LoadModeTypesInfo }
