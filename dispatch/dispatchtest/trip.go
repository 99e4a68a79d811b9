package dispatchtest

import (
	"fmt"
	"reflect"
	"unsafe"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/codec"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/registry"
	"github.com/cloud-functions-dispatch/go/internal/argtype"
)

// checkRoundTrip returns an error if the callee would get other arguments than the call
// o has. The JSON of its arguments is args.
func (q *Queue) checkRoundTrip(o *registry.Outgoing, args []byte) error {
	got, err := o.Signature.Decode(args)
	if err != nil {
		return fmt.Errorf("dispatchtest: the callee cannot decode the arguments of %s: %w", o.Name, err)
	}
	for i, arg := range o.Args {
		c := comparison{ignored: &q.ignored, seen: make(map[[2]unsafe.Pointer]bool)}
		c.compare(arg, got[i], "")
		switch {
		case c.change == "":
		case c.path == "":
			return fmt.Errorf("dispatchtest: argument %d of %s does not arrive unchanged: it %s (to accept it in this test, use dispatchtest.IgnoreType)", i+1, o.Name, c.change)
		default:
			return fmt.Errorf("dispatchtest: argument %d of %s does not arrive unchanged: %s %s (to accept it in this test, use dispatchtest.IgnorePath(%q) or IgnoreType)", i+1, o.Name, c.path, c.change, c.path)
		}
	}
	return nil
}

// ignored says which changes a test accepts.
type ignored struct {
	types map[reflect.Type]bool
	paths map[argtype.Path]bool
}

// A comparison finds the first part of an argument that does not arrive unchanged.
type comparison struct {
	*ignored
	path   argtype.Path
	change string                     // what becomes of the part at path; empty if there is none
	seen   map[[2]unsafe.Pointer]bool // pointers whose targets were compared
}

// The changes, and who reports them.
const (
	notExported = "is not exported and is lost; dispatchvet's check dispatchargs reports it"
	notSent     = `is not sent, as its tag json:"-" says; dispatchvet accepts the tag`
	byValue     = "changes; dispatchvet is silent, because only the value decides"
)

func (c *comparison) report(path argtype.Path, change string) {
	if c.change == "" {
		c.path, c.change = path, change
	}
}

// compare reports the first difference between a and b, which have the same type and are
// at the path. A type's own methods decide first. A nil slice or map equals an empty one.
func (c *comparison) compare(a, b reflect.Value, path argtype.Path) {
	if c.change != "" || c.types[a.Type()] || c.paths[path] {
		return
	}
	if same, ok := codec.Equal(a, b); ok {
		if !same {
			c.report(path, byValue)
		}
		return
	}
	switch a.Kind() {
	case reflect.Interface, reflect.Pointer:
		c.pointer(a, b, path)
	case reflect.Slice, reflect.Array:
		if a.Len() != b.Len() {
			c.report(path, byValue)
			return
		}
		for i := range a.Len() {
			c.compare(a.Index(i), b.Index(i), path.Element())
		}
	case reflect.Map:
		c.entries(a, b, path)
	case reflect.Struct:
		c.fields(a, b, path)
	default:
		if a.Comparable() && !a.Equal(b) {
			c.report(path, byValue)
		}
	}
}

func (c *comparison) pointer(a, b reflect.Value, path argtype.Path) {
	switch {
	case a.IsNil() && b.IsNil():
	case a.IsNil() || b.IsNil():
		c.report(path, byValue)
	case a.Elem().Type() != b.Elem().Type():
		c.report(path, fmt.Sprintf("changes from %v to %v, since it is in an interface; dispatchvet's check dispatchargs reports it where the call shows the type", a.Elem().Type(), b.Elem().Type()))
	default:
		if a.Kind() == reflect.Pointer {
			pair := [2]unsafe.Pointer{a.UnsafePointer(), b.UnsafePointer()}
			if c.seen[pair] {
				return
			}
			c.seen[pair] = true
		}
		c.compare(a.Elem(), b.Elem(), path)
	}
}

func (c *comparison) entries(a, b reflect.Value, path argtype.Path) {
	if a.Len() != b.Len() {
		c.report(path, byValue)
		return
	}
	for key, elem := range a.Seq2() {
		other := b.MapIndex(key)
		switch at := path.Key(); {
		case other.IsValid():
		case c.paths[at] || c.types[key.Type()]:
			continue
		default:
			c.report(at, byValue)
			return
		}
		c.compare(elem, other, path.Element())
	}
}

// fields compares structs. If methods encode the struct, they decide about its unexported
// fields.
func (c *comparison) fields(a, b reflect.Value, path argtype.Path) {
	own, same := codec.SameJSON(a, b)
	for i := range a.NumField() {
		f := a.Type().Field(i)
		at := path.Field(codec.Type(a.Type()), f.Name)
		switch ignored := f.Tag.Get("json") == "-"; {
		case c.paths[at]:
		case f.IsExported() && ignored && own: // the methods may send it
			c.compare(a.Field(i), b.Field(i), at)
		case f.IsExported() && ignored:
			if !a.Field(i).IsZero() && !c.types[f.Type] {
				c.report(at, notSent)
			}
		case f.IsExported() || f.Anonymous && !ignored:
			c.compare(a.Field(i), b.Field(i), at)
		case !own && !ignored && f.Name != "_" && !f.Anonymous && !c.types[f.Type] && holdsData(a.Field(i)):
			c.report(at, notExported)
		}
	}
	if own && !same {
		c.report(path, byValue)
	}
}

// holdsData reports whether v holds data of a kind that dispatchvet reports.
func holdsData(v reflect.Value) bool {
	return !v.IsZero() && argtype.HoldsData(codec.Type(v.Type()))
}
