package registration

import (
	"go/ast"
	"go/constant"
	"go/types"
	"time"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// IsCall reports whether sel selects the field Call of a dispatch.Func.
func IsCall(info *types.Info, sel *ast.SelectorExpr) bool { return dispatchapi.IsCall(info, sel) }

// timeoutIn returns the last time-out among options, or "". It sees constants, and
// variables of the package that hold options.
func (m *model) timeoutIn(options []ast.Expr) string {
	timeout := ""
	for _, e := range options {
		e = m.unconverted(e)
		if v := m.optionValue(e); v != nil {
			e = m.unconverted(v)
		}
		switch e := e.(type) {
		case *ast.CompositeLit:
			if t := m.timeoutIn(e.Elts); t != "" {
				timeout = t
			}
		case *ast.CallExpr:
			if !dispatchapi.Is(dispatchapi.Callee(m.pass.TypesInfo, e), dispatchapi.Timeout) {
				continue
			}
			if v := m.pass.TypesInfo.Types[e.Args[0]].Value; v != nil {
				if d, ok := constant.Int64Val(v); ok {
					timeout = time.Duration(d).String()
				}
			}
		}
	}
	return timeout
}
