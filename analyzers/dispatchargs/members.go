package dispatchargs

import (
	"cmp"
	"go/ast"
	"go/types"
	"maps"
	"reflect"
	"strconv"
	"strings"
)

// embeds reports whether e is a struct type that embeds a plain type. Beside it, a decoder
// may have fields that take any JSON, and an encoder fields under names of their own, such
// as a type, which the receiver's decoding ignores.
func (m *method) embeds(e ast.Expr) bool {
	s, ok := e.(*ast.StructType)
	if !ok {
		return false
	}
	plain := false
	for _, f := range s.Fields.List {
		switch {
		case len(f.Names) == 0:
			plain = plain || m.isPlainType(f.Type)
		case m.encodes && m.members[memberName(f)], !m.encodes && !acceptsAny(f.Type):
			return false
		}
	}
	return plain
}

// acceptsAny reports whether e is a type that takes any JSON.
func acceptsAny(e ast.Expr) bool {
	switch types.ExprString(e) {
	case "any", "interface{}", "json.RawMessage", "*json.RawMessage", "jsontext.Value":
		return true
	}
	return false
}

// membersOf returns the JSON names of the fields of t, or of the struct that it points to.
// Depth is the number of structs that embed t.
func membersOf(t types.Type, depth int) map[string]bool {
	out := make(map[string]bool)
	if s, ok := structOf(t); ok && depth < 10 { // a struct can embed a pointer to itself
		for i := range s.NumFields() {
			if s.Field(i).Embedded() {
				maps.Copy(out, membersOf(s.Field(i).Type(), depth+1))
			}
			name, _, _ := strings.Cut(reflect.StructTag(s.Tag(i)).Get("json"), ",")
			out[cmp.Or(name, s.Field(i).Name())] = true
		}
	}
	return out
}

// memberName returns the JSON name of a field of a struct type in source.
func memberName(f *ast.Field) string {
	name := ""
	if f.Tag != nil {
		tag, _ := strconv.Unquote(f.Tag.Value)
		name, _, _ = strings.Cut(reflect.StructTag(tag).Get("json"), ",")
	}
	return cmp.Or(name, f.Names[0].Name)
}

// inlines reports whether t, or the struct that it points to, has a field with the option
// inline.
func inlines(t types.Type) bool {
	s, ok := structOf(t)
	for i := 0; ok && i < s.NumFields(); i++ {
		if strings.Contains(reflect.StructTag(s.Tag(i)).Get("json"), ",inline") {
			return true
		}
	}
	return false
}
