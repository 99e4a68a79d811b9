package dispatchargs

import (
	"go/types"
	"reflect"
	"slices"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/cloud-functions-dispatch/go/internal/argtype"
)

// A universe holds one goType for each type. Its zero value is ready to use, but knows no
// file positions.
type universe struct {
	types  typeutil.Map
	shapes shapes
}

// of returns t as a type for package argtype.
func (u *universe) of(t types.Type) argtype.Type {
	t = types.Unalias(t)
	if known, ok := u.types.At(t).(*goType); ok {
		return known
	}
	g := &goType{u, t}
	u.types.Set(t, g)
	return g
}

// A goType implements argtype.Type for a type of go/types.
type goType struct {
	universe *universe
	types.Type
}

func (t *goType) Kind() reflect.Kind {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return basicKinds[u.Kind()]
	case *types.Array:
		return reflect.Array
	case *types.Chan:
		return reflect.Chan
	case *types.Interface:
		return reflect.Interface
	case *types.Map:
		return reflect.Map
	case *types.Pointer:
		return reflect.Pointer
	case *types.Signature:
		return reflect.Func
	case *types.Slice:
		return reflect.Slice
	case *types.Struct:
		return reflect.Struct
	}
	return reflect.Invalid
}

var basicKinds = map[types.BasicKind]reflect.Kind{
	types.Bool: reflect.Bool, types.String: reflect.String, types.UnsafePointer: reflect.UnsafePointer,
	types.Int: reflect.Int, types.Int8: reflect.Int8, types.Int16: reflect.Int16, types.Int32: reflect.Int32, types.Int64: reflect.Int64,
	types.Uint: reflect.Uint, types.Uint8: reflect.Uint8, types.Uint16: reflect.Uint16, types.Uint32: reflect.Uint32, types.Uint64: reflect.Uint64,
	types.Uintptr: reflect.Uintptr, types.Float32: reflect.Float32, types.Float64: reflect.Float64,
	types.Complex64: reflect.Complex64, types.Complex128: reflect.Complex128,
}

func (t *goType) Name() string {
	switch t := t.Type.(type) {
	case *types.Named:
		return t.Obj().Name()
	case *types.Basic:
		return t.Name()
	}
	return ""
}

func (t *goType) PkgPath() string {
	if n, ok := t.Type.(*types.Named); ok && n.Obj().Pkg() != nil {
		return n.Obj().Pkg().Path()
	}
	return ""
}

func (t *goType) String() string { return types.TypeString(t.Type, (*types.Package).Name) }

func (t *goType) Elem() argtype.Type {
	return t.universe.of(t.Underlying().(interface{ Elem() types.Type }).Elem())
}

func (t *goType) Key() argtype.Type { return t.universe.of(t.Underlying().(*types.Map).Key()) }
func (t *goType) Len() int          { return int(t.Underlying().(*types.Array).Len()) }
func (t *goType) NumMethod() int    { return t.Underlying().(*types.Interface).NumMethods() }
func (t *goType) NumField() int     { return t.Underlying().(*types.Struct).NumFields() }

func (t *goType) Field(i int) argtype.Field {
	s := t.Underlying().(*types.Struct)
	f := s.Field(i)
	return argtype.Field{Name: f.Name(), Type: t.universe.of(f.Type()), Tag: reflect.StructTag(s.Tag(i)), Embedded: f.Embedded(), Exported: f.Exported()}
}

func (t *goType) Has(m argtype.Method) bool {
	fn, _ := t.method(m)
	return fn != nil && signatures[m].matches(fn.Signature())
}

// method returns the method of t or of the pointer to it, and the path to the
// method through embedded fields.
func (t *goType) method(m argtype.Method) (fn *types.Func, path []int) {
	obj, index, _ := types.LookupFieldOrMethod(t.Type, true, nil, string(m))
	if fn, _ = obj.(*types.Func); fn == nil {
		return nil, nil
	}
	return fn, index[:len(index)-1]
}

func (t *goType) Path(m argtype.Method) []int {
	_, path := t.method(m)
	return path
}

func (t *goType) ByValue(m argtype.Method) bool {
	fn, _ := t.method(m)
	_, pointer := types.Unalias(fn.Signature().Recv().Type()).(*types.Pointer)
	return !pointer
}

func (t *goType) KeepsShape(m argtype.Method) bool {
	fn, _ := t.method(m)
	return t.universe.shapes.keeps(fn)
}

// A signature lists the parameters and results of a method, as go/types writes
// their types. Some types have several alternatives, since several packages
// declare them.
type signature struct{ params, results [][]string }

var (
	byteSlice = []string{"[]byte"}
	failure   = []string{"error"}
	encoder   = []string{"*github.com/go-json-experiment/json/jsontext.Encoder", "*encoding/json/jsontext.Encoder"}
	decoder   = []string{"*github.com/go-json-experiment/json/jsontext.Decoder", "*encoding/json/jsontext.Decoder"}
	messages  = []string{"google.golang.org/protobuf/reflect/protoreflect.Message"}
)

var signatures = map[argtype.Method]signature{
	argtype.MarshalJSONTo:     {[][]string{encoder}, [][]string{failure}},
	argtype.MarshalJSON:       {nil, [][]string{byteSlice, failure}},
	argtype.AppendText:        {[][]string{byteSlice}, [][]string{byteSlice, failure}},
	argtype.MarshalText:       {nil, [][]string{byteSlice, failure}},
	argtype.UnmarshalJSONFrom: {[][]string{decoder}, [][]string{failure}},
	argtype.UnmarshalJSON:     {[][]string{byteSlice}, [][]string{failure}},
	argtype.UnmarshalText:     {[][]string{byteSlice}, [][]string{failure}},
	argtype.IsZero:            {nil, [][]string{{"bool"}}},
	argtype.ProtoReflect:      {nil, [][]string{messages}},
	argtype.ProtoMessage:      {nil, nil},
}

// matches reports whether sig has the parameters and results of s.
func (s signature) matches(sig *types.Signature) bool {
	return !sig.Variadic() && matches(s.params, sig.Params()) && matches(s.results, sig.Results())
}

// matches reports whether each type in got is one of the types wanted there.
func matches(want [][]string, got *types.Tuple) bool {
	if len(want) != got.Len() {
		return false
	}
	for i, names := range want {
		if !slices.Contains(names, spell(got.At(i).Type())) {
			return false
		}
	}
	return true
}

// spell formats a type without aliases. It writes []byte, although byte is an
// alias of uint8.
func spell(t types.Type) string {
	t = types.Unalias(t)
	if s, ok := t.(*types.Slice); ok && types.Identical(s.Elem(), types.Typ[types.Byte]) {
		return "[]byte"
	}
	if p, ok := t.(*types.Pointer); ok {
		return "*" + spell(p.Elem())
	}
	return types.TypeString(t, nil)
}
