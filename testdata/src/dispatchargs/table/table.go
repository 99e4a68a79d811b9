// Package table is a table of argument types. A test encodes and decodes values of
// each type, and compares the result with the verdicts of the check and the runtime.
package table

import (
	"math/rand/v2"
	"reflect"
)

// A Row is one type.
type Row struct {
	Name   string
	Type   reflect.Type
	Values []reflect.Value // besides the zero value

	// Policy is the reason why a type is reported although its values here survive,
	// or not reported although one of them does not.
	Policy string
}

var rows []Row

// Rows returns the table.
func Rows() []Row { return rows }

// Of returns a row for a type of a program. Its values have the fields set that an
// encoder may see; all fields; the fields that an encoder may see, except embedded
// ones; and random ones of these.
func Of[T any](name string) Row { return OfType(name, reflect.TypeFor[T]()) }

// OfType is [Of] for the type t.
func OfType(name string, t reflect.Type) Row {
	r := Row{Name: name, Type: t}
	choices := []choice{seen, everything, named}
	for i := range uint64(6) {
		choices = append(choices, some(rand.New(rand.NewPCG(i, 0))))
	}
	for _, chosen := range choices {
		v := reflect.New(t).Elem()
		fill(v, 0, chosen)
		r.Values = append(r.Values, v)
	}
	return r
}

// row adds a type with the given values. Without any, it adds a value with all fields
// set.
func row[T any](name string, values ...T) {
	rows = append(rows, newRow(name, "", values))
}

// policy is row for a type whose verdict differs from the result for its values.
func policy[T any](name, reason string, values ...T) {
	rows = append(rows, newRow(name, reason, values))
}

func newRow[T any](name, reason string, values []T) Row {
	r := Row{Name: name, Type: reflect.TypeFor[T](), Policy: reason}
	if len(values) == 0 {
		v := reflect.New(r.Type).Elem()
		fill(v, 0, everything)
		r.Values = append(r.Values, v)
	}
	for i := range values {
		r.Values = append(r.Values, reflect.ValueOf(&values[i]).Elem())
	}
	return r
}
