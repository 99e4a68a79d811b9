package table

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
)

// A Signature is the signature of a function with one argument. It is implemented by
// codec.Signature, which only packages below dispatch may import.
type Signature interface {
	Encode(args []reflect.Value) ([]byte, error)
	Verify(args []reflect.Value, data []byte) error
	Decode(data []byte) ([]reflect.Value, error)
}

// A verdict is a line of the output.
type verdict struct {
	Name    string
	Policy  string
	Refused string   // why the runtime rejects the type; empty if it does not
	Zero    string   // how the zero value is lost; empty if it survives
	Values  []string // the same for the other values
}

// Show prints, for each row, the verdict of the runtime on the type, and for each
// value whether it survived. Signature returns the signature of a function with an
// argument of type t.
func Show(w io.Writer, rows []Row, signature func(t reflect.Type) (Signature, error)) error {
	enc := json.NewEncoder(w)
	for _, r := range rows {
		v := verdict{Name: r.Name, Policy: r.Policy}
		t := r.Type
		s, err := signature(t)
		if err != nil {
			v.Refused = err.Error()
			// A pointer to the type is encoded like the type itself.
			t = reflect.PointerTo(t)
			if s, err = signature(t); err != nil {
				return fmt.Errorf("%s: %w", r.Name, err)
			}
		}
		v.Zero = trip(s, t, reflect.New(r.Type).Elem())
		for _, value := range r.Values {
			v.Values = append(v.Values, trip(s, t, value))
		}
		if err := enc.Encode(v); err != nil {
			return err
		}
	}
	return nil
}

// Refuses begins the description of a value that Call refuses because of its methods.
const Refuses = "Call refuses it: "

// trip encodes and decodes a value, and returns how it is lost, or "" if it survives.
func trip(s Signature, t reflect.Type, v reflect.Value) (loss string) {
	defer func() {
		if r := recover(); r != nil {
			loss = fmt.Sprintf("panic: %v", r)
		}
	}()
	arg := v
	if t != v.Type() {
		arg = reflect.New(v.Type())
		arg.Elem().Set(v)
	}
	data, err := s.Encode([]reflect.Value{arg})
	if err != nil {
		return err.Error()
	}
	if err := s.Verify([]reflect.Value{arg}, data); err != nil {
		return Refuses + err.Error()
	}
	args, err := s.Decode(data)
	if err != nil {
		return err.Error()
	}
	got := args[0]
	if t != v.Type() {
		if got.IsNil() {
			got = reflect.New(v.Type()) // the null was a nil in the value itself
		}
		got = got.Elem()
	}
	if !Equal(v, got) {
		return "changed"
	}
	return ""
}
