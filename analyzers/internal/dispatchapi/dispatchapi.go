// Package dispatchapi is the table of the runtime's names that the analyzers
// look for. The analyzers do not import the runtime; a test compares the table
// with the real packages.
package dispatchapi

import (
	"go/ast"
	"go/types"
	"strings"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/cloud-functions-dispatch/go/internal/argtype"
)

const (
	// Module is the path of the runtime's module.
	Module = "github.com/cloud-functions-dispatch/go"

	// Path is the import path of the runtime.
	Path = Module + "/dispatch"

	// Entrypoint is the parent path of all entrypoints.
	Entrypoint = Path + "/entrypoint"

	// CloudEvent is the entrypoint for Cloud Functions.
	CloudEvent = Entrypoint + "/cloudevent"

	// Lambda is the entrypoint for AWS Lambda.
	Lambda = Entrypoint + "/lambda"

	// Transport is the package that all transports use, and their parent path.
	Transport = Path + "/transport"

	// PubSub is the transport on Google Cloud Pub/Sub.
	PubSub = Transport + "/gcppubsub"

	// PubSubREST is the transport that publishes to Pub/Sub through its REST API.
	PubSubREST = Transport + "/pubsubrest"

	// SQS is the transport on Amazon SQS.
	SQS = Transport + "/sqs"

	// Protobuf is the package that encodes protocol buffer messages.
	Protobuf = argtype.Protobuf

	// Mem is the transport within one process.
	Mem = Transport + "/mem"
)

// The names in package dispatch.
const (
	Register    = "Register"
	Name        = "Name"
	Alias       = "Alias"
	Queue       = "Queue"
	Batch       = "Batch"
	Timeout     = "Timeout"
	Concurrency = "Concurrency"
	OnStart     = "OnStart"
	Local       = "Local"
	Use         = "Use"
	WithClient  = "WithClient"
	Delay       = "Delay"
	At          = "At"
	Func        = "Func" // the type that Register returns
	Call        = "Call" // its field

	RegisterOption = "RegisterOption" // the types of options
	Option         = "Option"
)

// Handle is the method that executes a call, of the executor that package entrypoint
// makes.
const Handle = "Handle"

// IsRuntime reports whether path is the runtime or below it.
func IsRuntime(path string) bool {
	return path == Path || strings.HasPrefix(path, Path+"/")
}

// IsEntrypoint reports whether path is below Entrypoint. A package that calls such
// a package is an entrypoint.
func IsEntrypoint(path string) bool {
	return strings.HasPrefix(path, Entrypoint+"/")
}

// IsAllow reports whether obj is entrypoint.Allow.
func IsAllow(obj types.Object) bool {
	return obj != nil && obj.Pkg() != nil && obj.Pkg().Path() == Entrypoint && obj.Name() == "Allow"
}

// Serves reports whether code that uses fn makes the process a callee: fn is a function
// of an entrypoint, or a function of package entrypoint itself that makes an executor,
// for messages that the code receives from its own queue. The other functions of that
// package make options.
func Serves(fn *types.Func) bool {
	if fn.Pkg() == nil || fn.Signature().Recv() != nil {
		return false
	}
	if IsEntrypoint(fn.Pkg().Path()) {
		return true
	}
	results := fn.Signature().Results()
	if fn.Pkg().Path() != Entrypoint || !fn.Exported() || results.Len() == 0 {
		return false
	}
	handle, _, _ := types.LookupFieldOrMethod(results.At(0).Type(), true, nil, Handle)
	_, handler := results.At(0).Type().Underlying().(*types.Signature)
	return handle != nil || handler
}

// IsTransport reports whether path is a transport of the runtime.
func IsTransport(path string) bool { return strings.HasPrefix(path, Transport+"/") }

// IsMarker reports whether a package that imports path uses the runtime.
func IsMarker(path string) bool {
	return path == Path || path == Transport || path == Protobuf || IsEntrypoint(path)
}

// Is reports whether obj is the top-level object of package dispatch with the
// given name.
func Is(obj types.Object, name string) bool {
	return obj != nil && obj.Pkg() != nil && obj.Pkg().Path() == Path &&
		obj.Name() == name && obj.Parent() == obj.Pkg().Scope()
}

// Callee returns the function that call calls statically, or nil. For an instance
// of a generic function, it returns the generic function.
func Callee(info *types.Info, call *ast.CallExpr) types.Object {
	if fn := typeutil.StaticCallee(info, call); fn != nil {
		return fn.Origin()
	}
	return nil
}

// IsFunc reports whether t is an instance of dispatch.Func, or dispatch.Func itself.
func IsFunc(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && Is(named.Obj(), Func)
}

// IsOptions reports whether t is the type of an option of Register, or a slice of
// such a type.
func IsOptions(t types.Type) bool {
	if s, ok := t.Underlying().(*types.Slice); ok {
		t = s.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	return ok && (Is(named.Obj(), RegisterOption) || Is(named.Obj(), Option))
}

// IsCall reports whether sel selects the field Call of a dispatch.Func.
func IsCall(info *types.Info, sel *ast.SelectorExpr) bool {
	s, ok := info.Selections[sel]
	if !ok || s.Kind() != types.FieldVal || s.Obj().Name() != Call || s.Obj().Pkg().Path() != Path {
		return false
	}
	recv := s.Recv()
	for _, i := range s.Index()[:len(s.Index())-1] {
		st, ok := Deref(recv).Underlying().(*types.Struct)
		if !ok {
			return false
		}
		recv = st.Field(i).Type()
	}
	return IsFunc(Deref(recv))
}

// Deref returns the element type of t if t is a pointer, else t itself.
func Deref(t types.Type) types.Type {
	if p, ok := types.Unalias(t).Underlying().(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}
