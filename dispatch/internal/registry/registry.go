// Package registry has the functions that a process can execute, by name, and what a
// context tells of a call: of one that is being executed, and of one that is being
// published.
package registry

import (
	"context"
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
	Aliases   []string // other names that it is served under
	Where     string   // file:line of its registration
	Signature *codec.Signature
	Value     reflect.Value
	Timeout   time.Duration       // how long it may run; 0 if the entrypoint says
	Slots     *semaphore.Weighted // for calls that run at a time; nil if there is no limit
}

// NewFunction returns the function v under its own name, which its symbol in the binary
// determines.
func NewFunction(symbol string, v reflect.Value) (*Function, error) {
	signature, err := codec.Of(v.Type())
	if err != nil {
		return nil, err
	}
	name, err := funcname.FromSymbol(symbol)
	if err != nil {
		return nil, err
	}
	return &Function{Name: name, Value: v, Signature: signature}, nil
}

// Call calls the function with arguments that its signature has decoded.
func (f *Function) Call(ctx context.Context, args []reflect.Value) error {
	in := slices.Insert(args, 0, reflect.ValueOf(ctx))
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
		if name == f.Name { // and not an alias
			n++
		}
	}
	return n
}

// Default is what dispatch.Register fills and the entrypoints serve.
var Default Registry

// Add adds f under its name and its aliases, or changes nothing and returns an
// error.
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
			return fmt.Errorf("the name %q is taken by the registration at %s (give one of them another with dispatch.Name)", name, other.Where)
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

// Lookup returns the function with the given name or alias, or an error that
// lists what may have been meant.
func (r *Registry) Lookup(name string) (*Function, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if f, ok := r.byName[name]; ok {
		return f, nil
	}
	const cure = "import its package in the callee: dispatchmain generate"
	if near := funcname.Near(name, slices.Collect(maps.Keys(r.byName))); len(near) > 0 {
		return nil, fmt.Errorf("no function is registered under that name; near it are %s (%s)", strings.Join(near, ", "), cure)
	}
	return nil, fmt.Errorf("no function is registered under that name, nor near it among %d (%s)", len(r.byName), cure)
}
