package argtype

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
)

// dominant walks the fields that are encoded, and reports the fields that are
// not encoded because another field has the same JSON name.
func (l *layout) dominant() {
	order := func(a, b field) int {
		return cmp.Or(cmp.Compare(a.depth, b.depth), boolCompare(b.named, a.named))
	}
	byName := make(map[string][]field)
	for _, f := range l.all {
		byName[f.name] = append(byName[f.name], f)
	}
	for _, f := range l.all {
		same := byName[f.name]
		first := slices.MinFunc(same, order)
		unique := len(slices.DeleteFunc(slices.Clone(same), func(g field) bool { return order(g, first) != 0 })) == 1
		switch {
		case unique && f == first:
			l.dominates(f)
		case holdsNothing(f.typ, 0):
		case unique:
			l.some(f.at, fmt.Sprintf("has the JSON name %q, which is used for %s: the field is not encoded (give it another name with a json tag)", f.name, first.at.path))
		default:
			l.some(f.at, fmt.Sprintf("has the JSON name %q, as do other embedded fields: none of them is encoded (give it another name with a json tag)", f.name))
		}
	}
}

// dominates walks a field that is encoded under its name.
func (l *layout) dominates(f field) {
	if f.absent {
		return
	}
	l.walk(f.typ, f.at)
	if !f.settable {
		l.some(f.at, unsettable)
	}
}

// fallback walks the field that takes any member, and reports other such
// fields, which are not encoded. The shallowest one is encoded, unless there are
// several at its depth.
func (l *layout) fallback() {
	for i, f := range l.fallbacks {
		first := l.fallbacks[0]
		switch {
		case len(l.fallbacks) > 1 && first.depth == l.fallbacks[1].depth:
			l.some(f.at, "collects unknown JSON members, as does another embedded field: neither is encoded (keep one of them)")
		case i > 0:
			l.some(f.at, fmt.Sprintf("collects unknown JSON members, as does %s: only the latter is encoded (keep one of them)", first.at.path))
		case !f.settable:
			l.some(f.at, unsettable)
		case f.typ != nil:
			l.walk(f.typ, f.at.element())
		}
	}
}

// isSingle reports whether the zero value is the only value of t.
func isSingle(t Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return t.Len() == 0 || isSingle(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if !isSingle(t.Field(i).Type) {
				return false
			}
		}
		return true
	}
	return false
}

// holdsNothing reports whether all values of t are encoded alike. Depth is the
// depth of t in the type where the search began.
func holdsNothing(t Type, depth int) bool {
	switch {
	case depth > 10 || has(t, encoders): // t may contain itself, through a pointer
		return false
	case t.Kind() == reflect.Array:
		return t.Len() == 0 || holdsNothing(t.Elem(), depth+1)
	case t.Kind() != reflect.Struct:
		return false
	}
	for i := range t.NumField() {
		f := t.Field(i)
		typ := f.Type
		if f.Embedded && f.Tag.Get("json") == "" {
			typ = indirect(typ)
		}
		if (f.Exported || f.Embedded) && f.Tag.Get("json") != "-" && !holdsNothing(typ, depth+1) {
			return false
		}
	}
	return true
}

// boolCompare orders false before true.
func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}
