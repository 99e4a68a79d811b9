package flow

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// loads has the functions that return the value of a holder, their receiver or first
// argument. The part of the path says whether this is the holder's value or an element.
var loads = map[string]string{
	"(*sync/atomic.Pointer[T]).Load": "", "(*sync/atomic.Value).Load": "", "(*sync/atomic.Bool).Load": "",
	"(*sync/atomic.Int32).Load": "", "(*sync/atomic.Int64).Load": "", "(*sync/atomic.Uint32).Load": "", "(*sync/atomic.Uint64).Load": "",
	"sync/atomic.LoadInt32": "", "sync/atomic.LoadInt64": "", "sync/atomic.LoadUint32": "", "sync/atomic.LoadUint64": "", "sync/atomic.LoadPointer": "",
	"(*sync.Map).Load": "[]", "(*sync.Map).LoadAndDelete": "[]", "(*sync.Map).LoadOrStore": "[]", "(*sync.Map).Range": "[]",
}

// stores has the functions that set the value of a holder, their receiver or first
// argument. If the part is empty, the last argument is the new value.
var stores = makeStores()

func makeStores() map[string]string {
	m := map[string]string{
		"(*sync.Map).Store": "[]", "(*sync.Map).LoadOrStore": "[]", "(*sync.Map).Swap": "[]", "(*sync.Map).CompareAndSwap": "[]",
		"(*sync.Map).Delete": "[]", "(*sync.Map).LoadAndDelete": "[]", "(*sync.Map).Clear": "[]", "(*sync.Map).CompareAndDelete": "[]",
	}
	for _, t := range []string{"Pointer[T]", "Value", "Bool", "Int32", "Int64", "Uint32", "Uint64"} {
		for _, method := range []string{"Store", "Swap", "CompareAndSwap", "Add"} {
			m["(*sync/atomic."+t+")."+method] = ""
		}
	}
	for _, t := range []string{"Int32", "Int64", "Uint32", "Uint64", "Pointer"} {
		for _, fn := range []string{"Store", "Swap", "CompareAndSwap", "Add"} {
			m["sync/atomic."+fn+t] = ""
		}
	}
	return m
}

// isSync reports whether t belongs to a process rather than to its work: a lock, a
// holder, which rules above describe, or a counter.
func isSync(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return false
	}
	path := named.Obj().Pkg().Path()
	return path == "sync" || path == "sync/atomic"
}

// readers are beginnings of names. Functions with such names read through a pointer and
// change nothing.
var readers = []string{
	"Get", "Load", "Ping", "Query", "Exec", "Read", "Len", "Has", "Is", "String", "Find", "Lookup", "Range", "Send", "Do", "Publish",
	"Marshal", "Encode", "Print", "Sprint", "Fprint", "Error", "Info", "Warn", "Debug", "Log", "Execute", "Equal", "Close", "Append", "Valid",
}

// onlyReads reports whether fn, which has no source here, reads argument i through its
// pointer and does not set it.
func onlyReads(fn *types.Func, i int) bool {
	name := fn.Name()
	if fn.Pkg() != nil && strings.HasPrefix(name, "Load") && fn.Signature().Recv() == nil {
		return false // such as env.Load(&config)
	}
	if fn.Signature().Recv() == nil || i > 0 {
		for _, verb := range []string{"Marshal", "Encode", "Print", "Sprint", "Fprint", "Execute", "Append", "Error", "Info", "Warn", "Debug", "Log"} {
			if strings.HasPrefix(name, verb) {
				return true
			}
		}
		return false
	}
	for _, verb := range readers {
		if strings.HasPrefix(name, verb) {
			return true
		}
	}
	return false
}

// isFlags reports whether a package defines command-line flags.
func isFlags(pkg *types.Package) bool {
	return pkg != nil && (pkg.Path() == "flag" || pkg.Path() == "github.com/spf13/pflag")
}

// flagValue returns the default of the flag that a call defines, or nil if the call
// defines none, or sets its variable in another way.
func flagValue(call *ssa.CallCommon) *ssa.Value {
	obj := calleeObject(call)
	if obj == nil || !isFlags(obj.Pkg()) || obj.Name() == "Var" || obj.Name() == "VarP" {
		return nil
	}
	params := obj.Signature().Params()
	shift := len(call.Args) - params.Len() // the receiver
	for i := range params.Len() {
		if params.At(i).Name() == "value" || params.At(i).Name() == "def" {
			return &call.Args[i+shift]
		}
	}
	return nil
}

// flagTarget returns the address of the variable that a flag sets, or nil if the call
// returns the address.
func flagTarget(call *ssa.CallCommon) ssa.Value {
	for _, arg := range call.Args {
		if _, ok := arg.Type().Underlying().(*types.Pointer); ok && !isFlagSet(arg.Type()) {
			return arg
		}
		if types.IsInterface(arg.Type()) {
			return arg // of flag.Var
		}
	}
	return nil
}

func isFlagSet(t types.Type) bool {
	named, ok := types.Unalias(deref(t)).(*types.Named)
	return ok && isFlags(named.Obj().Pkg()) && named.Obj().Name() == "FlagSet"
}

// setByFlag records that the address of a new flag is stored at p.
func (e effector) setByFlag(p Path, call *ssa.Call) bool {
	value := flagValue(&call.Call)
	if value == nil || flagTarget(&call.Call) != nil {
		return false
	}
	e.write(p, false)
	e.flag(p.add("*"), !isZeroValue(*value))
	return true
}

func isZeroValue(v ssa.Value) bool {
	c, ok := v.(*ssa.Const)
	return ok && isZero(c)
}

// parses reports whether fn parses command-line flags.
func parses(fn *types.Func) bool {
	if fn == nil || fn.Pkg() == nil {
		return false
	}
	switch path, name := fn.Pkg().Path(), fn.Name(); {
	case isFlags(fn.Pkg()):
		return strings.HasPrefix(name, "Parse")
	case strings.HasPrefix(path, "github.com/spf13/cobra"):
		return strings.HasPrefix(name, "Execute") || name == "ParseFlags"
	case strings.HasPrefix(path, "github.com/urfave/cli"):
		return strings.HasPrefix(name, "Run")
	default:
		return strings.Contains(path, "flag") && strings.HasPrefix(name, "Parse") || strings.Contains(path, "kingpin") && strings.HasPrefix(name, "Parse")
	}
}

// isLogging reports whether a call only tells people or a monitoring system about the
// process.
func isLogging(obj *types.Func) bool {
	if obj == nil || obj.Pkg() == nil {
		return false
	}
	path := obj.Pkg().Path()
	last := path[strings.LastIndexByte(path, '/')+1:]
	if strings.Contains(last, "log") || strings.Contains(path, "/zap") || strings.Contains(path, "logr") {
		return true
	}
	for _, word := range []string{"metric", "prometheus", "statsd", "expvar", "opentelemetry.io", "trace", "sentry", "pprof"} {
		if strings.Contains(path, word) {
			return true
		}
	}
	return false
}

// isToStderr reports whether a call prints to the standard error.
func isToStderr(call *ssa.CallCommon) bool {
	if !strings.HasPrefix(fullName(call), "fmt.Fprint") {
		return false
	}
	v := call.Args[0]
	if m, ok := v.(*ssa.MakeInterface); ok {
		v = m.X
	}
	load, ok := v.(*ssa.UnOp)
	if !ok {
		return false
	}
	g, ok := load.X.(*ssa.Global)
	return ok && globalPath(g).Root == "os.Stderr"
}
