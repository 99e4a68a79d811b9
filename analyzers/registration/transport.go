package registration

import (
	"go/ast"
	"go/types"
	"slices"
	"strconv"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// findTransports adds the transports that the package links, and whether DISPATCH_URL
// can name one of them.
func (m *model) findTransports() {
	u := &m.result.Union
	if dispatchapi.IsTransport(m.pass.Pkg.Path()) {
		return // it imports only parts of itself
	}
	for _, f := range m.pass.Files {
		if m.isTest(f) {
			continue
		}
		for _, spec := range f.Imports {
			m.linkTransport(spec)
		}
	}
	if m.hasOwnTransport() {
		u.Transports = append(u.Transports, m.pass.Pkg.Path())
	}
	slices.Sort(u.Transports)
	u.Transports = slices.Compact(u.Transports)
}

// linkTransport adds the transport that spec imports, if it does. The scheme of mem
// counts if the import has no other purpose: a program that imports mem by name makes a
// transport with mem.New and passes it to a client.
func (m *model) linkTransport(spec *ast.ImportSpec) {
	path, err := strconv.Unquote(spec.Path.Value)
	if err != nil || !dispatchapi.IsTransport(path) {
		return
	}
	u := &m.result.Union
	u.Transports = append(u.Transports, path)
	if path != dispatchapi.Mem || spec.Name != nil && spec.Name.Name == "_" {
		u.Client = true
	}
}

// hasOwnTransport reports whether the package registers a transport, converts a type to
// transport.Transport, or handles delays itself: it uses the field NotBefore of a
// message, as a middleware may.
func (m *model) hasOwnTransport() bool {
	if dispatchapi.IsRuntime(m.pass.Pkg.Path()) || !slices.ContainsFunc(m.pass.Pkg.Imports(), func(p *types.Package) bool { return p.Path() == dispatchapi.Transport || p.Path() == dispatchapi.Path }) {
		return false
	}
	for id, obj := range m.pass.TypesInfo.Uses {
		if obj.Pkg() != nil && obj.Pkg().Path() == dispatchapi.Transport && !m.isTest(id) && (m.isTransportRegister(obj) || obj.Name() == "NotBefore") {
			return true
		}
	}
	return slices.ContainsFunc(m.conversions(), func(c converted) bool {
		return slices.ContainsFunc(c.methods, func(fn *types.Func) bool {
			return fn.Name() == "Enqueue" && fn.Pkg() != nil && !dispatchapi.IsRuntime(fn.Pkg().Path())
		})
	})
}
