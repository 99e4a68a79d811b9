package synth

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

const (
	transports = registration.RuntimeModule + "/dispatch/transport/"

	// PubSub and SQS are the transports that a callee can also pull from.
	PubSub = transports + "gcppubsub"
	SQS    = transports + "sqs"
)

// bundled are the transports of the runtime that reach other processes.
var bundled = []string{transports + "cloudtasks", PubSub, transports + "pubsubrest", SQS}

// TransportPath returns the import path of the transport that a user names: by its own
// name if the runtime has it, otherwise by its import path.
func TransportPath(name string) (string, error) {
	if strings.Contains(name, "/") {
		if err := module.CheckImportPath(name); err != nil {
			return "", fmt.Errorf("--transport=%s: %w (give the path as in an import)", name, err)
		}
		return name, nil
	}
	var names []string
	for _, p := range bundled {
		if path.Base(p) == name {
			return p, nil
		}
		names = append(names, path.Base(p))
	}
	return "", fmt.Errorf("--transport=%s is unknown (give %s, or the import path of your own)", name, strings.Join(names, ", "))
}

// AddTransports sets the transports: the given ones, or those that the programs in p link.
// The default is SQS for Lambda, and otherwise Pub/Sub.
func (c *Callee) AddTransports(p *load.Program, given []string) {
	for _, name := range given {
		if t, err := TransportPath(name); err == nil { // it was checked
			c.Transports = append(c.Transports, t)
		}
	}
	if len(given) == 0 {
		c.Transports = slices.DeleteFunc(TransportsOf(p), func(t string) bool { return c.Kind == Pull && IsPushOnly(t) })
	}
	switch {
	case len(c.Transports) > 0:
	case c.Kind == Lambda:
		c.Transports = []string{SQS}
	default:
		c.Transports = []string{PubSub}
	}
	slices.Sort(c.Transports)
	c.Transports = slices.Compact(c.Transports)
}

// TransportsOf returns the import paths of the runtime's transports that the programs in p
// link, sorted, except for mem.
func TransportsOf(p *load.Program) (all []string) {
	for _, pkg := range p.Packages {
		if model := p.Model(pkg.PkgPath); model != nil {
			all = append(all, model.Union.Transports...)
		}
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(t string) bool { return !slices.Contains(bundled, t) })
}

// IsPushOnly reports whether the transport with the import path is one of the runtime's
// that a worker cannot pull from.
func IsPushOnly(path string) bool {
	return slices.Contains(bundled, path) && path != PubSub && path != SQS
}
