// Package registry maps names to the functions that a process can execute. It also puts
// into a context the call that is being executed or published.
package registry

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/codec"
	"github.com/cloud-functions-dispatch/go/internal/funcname"
)

// A Function is one registered function.
type Function struct {
	Name      string
	Aliases   []string // other names under which it is served
	Where     string   // file:line of its registration
	Signature *codec.Signature
	Value     reflect.Value
	Timeout   time.Duration       // how long it may run; 0 for the entrypoint's limit
	Slots     *semaphore.Weighted // limits concurrent calls; nil if there is no limit
}

// Limits are the limits for the arguments of a call.
type Limits = codec.Limits

// DefaultLimits returns the limits of callers.
func DefaultLimits() Limits { return codec.Default }

// NewFunction returns v as a function with its default name, which is derived from its
// symbol in the binary. Its error is [codec.Mistakes].
func NewFunction(symbol string, v reflect.Value) (*Function, error) {
	var mistakes codec.Mistakes
	name, err := funcname.FromSymbol(symbol)
	if err != nil {
		mistakes = append(mistakes, err)
	}
	form := v.Type()
	if errors.Is(err, funcname.ErrMethod) {
		form = withoutReceiver(form)
	}
	signature, err := codec.In(funcname.PackageOf(symbol), form)
	if err != nil {
		mistakes = append(mistakes, err)
	}
	if len(mistakes) > 0 {
		return nil, mistakes
	}
	return &Function{Name: name, Value: v, Signature: signature}, nil
}

// withoutReceiver returns the type of a method, of which t is the type as an expression.
func withoutReceiver(t reflect.Type) reflect.Type {
	in := slices.Collect(t.Ins())
	return reflect.FuncOf(in[1:], slices.Collect(t.Outs()), t.IsVariadic())
}

// Call calls the function under v with arguments that its signature has decoded.
func (f *Function) Call(v *Invocation, args []reflect.Value) error {
	in := slices.Insert(args, 0, reflect.ValueOf(&v.self).Elem())
	call := f.Value.Call
	if f.Value.Type().IsVariadic() {
		call = f.Value.CallSlice
	}
	err, _ := call(in)[0].Interface().(error)
	return err
}

// A Registry maps names to functions. Its zero value is empty and ready to
// use; all methods are safe for concurrent use.
type Registry struct {
	mu     sync.RWMutex
	byName map[string]*Function
	start  starter
}

// Len returns the number of functions.
func (r *Registry) Len() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	n := 0
	for name, f := range r.byName {
		if name == f.Name { // not an alias
			n++
		}
	}
	return n
}

// Default is the registry that dispatch.Register adds to and that the entrypoints
// serve.
var Default Registry

// Add adds f under its name and its aliases. If it returns an error, it has changed
// nothing.
func (r *Registry) Add(f *Function) error {
	names := slices.Concat([]string{f.Name}, f.Aliases)
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, name := range names {
		if err := funcname.Check(name); err != nil && i > 0 {
			return fmt.Errorf("the alias %.64q: %w", name, err)
		} else if err != nil {
			return err
		}
		if other, taken := r.byName[name]; taken {
			return fmt.Errorf("the name %q is taken by the registration at %s (give one of them another name with dispatch.Name)", name, other.Where)
		}
		if slices.Contains(names[:i], name) {
			return fmt.Errorf("the alias %q is given twice, or is the function's own name (leave it out)", name)
		}
	}
	if r.byName == nil {
		r.byName = make(map[string]*Function)
	}
	for _, name := range names {
		r.byName[name] = f
	}
	return nil
}

// Lookup returns the function with the given name or alias. If there is none, the error
// lists similar names.
func (r *Registry) Lookup(name string) (*Function, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if f, ok := r.byName[name]; ok {
		return f, nil
	}
	const remedy = "import its package in the callee: run dispatchmain generate"
	if near := funcname.Near(name, slices.Collect(maps.Keys(r.byName))); len(near) > 0 {
		return nil, fmt.Errorf("no function is registered under that name; similar names are %s (%s)", strings.Join(near, ", "), remedy)
	}
	return nil, fmt.Errorf("no function is registered under that name; none of %d names is similar (%s)", len(r.byName), remedy)
}
