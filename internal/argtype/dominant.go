package argtype

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
)

// dominant walks the fields that are encoded, and reports those that are not
// since others have their names.
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
			l.some(f.at, fmt.Sprintf("has the name %q in JSON, which stands for %s, and does not travel (give it another with a json tag)", f.name, first.at.path))
		default:
			l.some(f.at, fmt.Sprintf("has the name %q in JSON, which other embedded fields have too, so that none of them travels (give it another with a json tag)", f.name))
		}
	}
}

func (l *layout) dominates(f field) {
	if f.absent {
		return
	}
	l.walk(f.typ, f.at)
	if !f.settable {
		l.some(f.at, unsettable)
	}
}

// fallback walks the field that takes any member, which is the least deep of
// them if it is alone there, and reports the others.
func (l *layout) fallback() {
	for i, f := range l.fallbacks {
		first := l.fallbacks[0]
		switch {
		case len(l.fallbacks) > 1 && first.depth == l.fallbacks[1].depth:
			l.some(f.at, "takes any member, as another embedded field does, so that neither travels (keep one)")
		case i > 0:
			l.some(f.at, fmt.Sprintf("takes any member, as %s does, which alone travels (keep one)", first.at.path))
		case !f.settable:
			l.some(f.at, unsettable)
		case f.typ != nil:
			l.walk(f.typ, f.at.element())
		}
	}
}

// isSingle reports whether t has one value only, its zero value.
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

// holdsNothing reports whether an encoder would see no difference between any
// two values of t, which is at that depth in another.
func holdsNothing(t Type, depth int) bool {
	switch {
	case depth > 10 || has(t, encoders): // it may contain itself, by a pointer
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
