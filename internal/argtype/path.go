package argtype

import "strings"

// A Path leads from an argument to a part of it, such as Order.Lines[].Color. The path
// of the argument itself is empty.
type Path string

// elements is the path to the elements of an argument that has no path itself.
const elements Path = "an element of it"

// Element returns the path to the elements of a slice, an array or a map.
func (p Path) Element() Path {
	if p == "" || p == elements {
		return elements
	}
	return p + "[]"
}

// Key returns the path to the keys of a map.
func (p Path) Key() Path {
	if p == "" || p == elements {
		return "a key of it"
	}
	return p + "[key]"
}

// Field returns the path to a field of the struct t. It begins with the name of a type.
func (p Path) Field(t Type, name string) Path {
	if p == "" || p == elements {
		short, _, _ := strings.Cut(t.Name(), "[") // without type arguments
		p = Path(short)
	}
	if p == "" {
		return Path(name)
	}
	return p + "." + Path(name)
}
