package table

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
)

// A Signature is that of a function with one argument: codec.Signature of the
// runtime, which only a package below dispatch may import.
type Signature interface {
	Encode(dst []byte, args []reflect.Value) ([]byte, error)
	Decode(data []byte) ([]reflect.Value, error)
}

// A verdict is a line of the output.
type verdict struct {
	Name    string
	Policy  string
	Refused string   // by the runtime, and why
	Zero    string   // what becomes of the zero value; empty if it survives
	Values  []string // and of the others
}

// Show prints, for each row, what the runtime says of the type, and what becomes
// of its values. Signature returns that of a function that takes a t.
func Show(w io.Writer, rows []Row, signature func(t reflect.Type) (Signature, error)) error {
	enc := json.NewEncoder(w)
	for _, r := range rows {
		v := verdict{Name: r.Name, Policy: r.Policy}
		t := r.Type
		s, err := signature(t)
		if err != nil {
			v.Refused = err.Error()
			// A pointer to the type is encoded as the type is.
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

// trip says what becomes of a value.
func trip(s Signature, t reflect.Type, v reflect.Value) (what string) {
	defer func() {
		if r := recover(); r != nil {
			what = fmt.Sprintf("panic: %v", r)
		}
	}()
	arg := v
	if t != v.Type() {
		arg = reflect.New(v.Type())
		arg.Elem().Set(v)
	}
	data, err := s.Encode(nil, []reflect.Value{arg})
	if err != nil {
		return err.Error()
	}
	args, err := s.Decode(data)
	if err != nil {
		return err.Error()
	}
	got := args[0]
	if t != v.Type() {
		if got.IsNil() {
			got = reflect.New(v.Type()) // null stands for a nil inside
		}
		got = got.Elem()
	}
	if !Equal(v, got) {
		return "changed"
	}
	return ""
}
