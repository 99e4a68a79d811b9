// Package table is a table of argument types. What becomes of values of each is
// found out by encoding and decoding them, and compared with what the check and
// the runtime say of the type.
package table

import "reflect"

// A Row is one type.
type Row struct {
	Name   string
	Type   reflect.Type
	Values []reflect.Value // besides the zero value

	// Policy is why a type is reported although its values here survive, or is
	// not although one does not.
	Policy string
}

var rows []Row

// Rows returns the table.
func Rows() []Row { return rows }

// Of returns a row for a type of a program, with a value that is filled as far
// as an encoder may see it, one that is filled further, and one whose embedded
// fields are zero.
func Of[T any](name string) Row {
	r := newRow[T](name, "", nil)
	for _, chosen := range []choice{everything, named} {
		v := reflect.New(r.Type).Elem()
		fill(v, 0, chosen)
		r.Values = append(r.Values, v)
	}
	return r
}

// row adds a type with a value that is filled as far as an encoder may see it,
// and those given.
func row[T any](name string, values ...T) {
	rows = append(rows, newRow(name, "", values))
}

// policy is row for a type of which the check says other than its values do.
func policy[T any](name, reason string, values ...T) {
	rows = append(rows, newRow(name, reason, values))
}

func newRow[T any](name, reason string, values []T) Row {
	r := Row{Name: name, Type: reflect.TypeFor[T](), Policy: reason}
	if len(values) == 0 {
		v := reflect.New(r.Type).Elem()
		fill(v, 0, seen)
		r.Values = append(r.Values, v)
	}
	for i := range values {
		r.Values = append(r.Values, reflect.ValueOf(&values[i]).Elem())
	}
	return r
}
