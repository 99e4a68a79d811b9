package codec

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/cloud-functions-dispatch/go/internal/argtype"
)

// Verify returns an error if the callee could not decode the arguments in data, the
// encoding of args, or if their JSON changes when they are decoded and encoded again. It
// does so with each argument that holds a type with its own methods, unless the type is
// known to be faithful: only the methods know which values they accept.
func (s *Signature) Verify(args []reflect.Value, data []byte) error {
	if !s.verified {
		return nil
	}
	i := 0
	return split(data, func(elem []byte) error {
		p, arg, last := &s.params[i], args[i], i == len(s.params)-1
		i++
		switch {
		case !p.needs.custom:
			return nil
		case !s.variadic || !last:
			return p.verify(arg, elem)
		}
		j := 0
		return split(elem, func(elem []byte) error {
			j++
			return p.verify(arg.Index(j-1), elem)
		})
	})
}

// verify is Verify for one argument.
func (p *param) verify(arg reflect.Value, data []byte) error {
	f := p.retry(arg, data)
	if f == nil && !p.needs.times {
		return nil
	}
	c := culprit{param: p, all: f != nil}
	c.find(arg, "")
	if c.found == nil && f != nil {
		c.found, c.typ = f, p.typ
	}
	if c.found == nil {
		return nil
	}
	return &ArgumentError{p.index, p.typ, "would not arrive: " + c.describe(), c.found.cause}
}

// A failure says why a value would not arrive.
type failure struct {
	text  string // after the name of the decoding method
	cause error  // the method's own error, whose text may hold the value
}

const (
	refuses  = "refuses this value (send a value that it accepts)"
	panics   = "panics with this value (return an error instead)"
	changes  = "does not restore this value (send a value that it restores, or a type of your own)"
	loseSecs = "has a time whose zone has seconds in its offset, which RFC 3339 cannot represent (convert it with UTC)"
)

// retry decodes data, the encoding of v, and encodes the result again. If v itself is not
// always encoded alike, such as with a random nonce, only the decoding counts.
func (p *param) retry(v reflect.Value, data []byte) *failure {
	got := reflect.New(p.typ).Elem()
	var cause error
	err := p.guard(decode, func() error {
		cause = p.unmarshal(data, got)
		return cause
	})
	switch {
	case errors.Is(err, errPanic):
		return &failure{panics, nil}
	case err != nil:
		return &failure{refuses, cause}
	}
	var again bytes.Buffer
	if p.encode(&again, got) == nil && bytes.Equal(again.Bytes(), data) {
		return nil
	}
	again.Reset()
	if p.encode(&again, v) == nil && !bytes.Equal(again.Bytes(), data) {
		return nil
	}
	return &failure{changes, nil}
}

// A culprit is the innermost part of an argument that would not arrive.
type culprit struct {
	*param
	all   bool // look for parts that retry refuses; otherwise only for times
	found *failure
	path  argtype.Path
	typ   reflect.Type
}

// describe returns what would become of the part.
func (c *culprit) describe() string {
	decoder := string(argtype.Decoder(goType{c.typ}))
	if decoder == "" {
		decoder = "decoding"
	}
	switch {
	case c.found.text == loseSecs && c.path == "":
		return "it " + loseSecs
	case c.found.text == loseSecs:
		return string(c.path) + " " + loseSecs
	case c.path == "":
		return "its " + decoder + " " + c.found.text
	default:
		return fmt.Sprintf("%s has type %v, whose %s %s", c.path, c.typ, decoder, c.found.text)
	}
}

// find sets found if v, which is at the path, or a part of it would not arrive.
func (c *culprit) find(v reflect.Value, path argtype.Path) {
	n := needsOf(v.Type())
	if c.found != nil || !n.custom || !c.all && !n.times {
		return
	}
	if v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface || !argtype.Encodes(goType{v.Type()}) {
		c.parts(v, path)
	}
	if c.found == nil && v.Kind() != reflect.Pointer {
		c.try(v, path)
	}
}

// parts calls find for the parts of v.
func (c *culprit) parts(v reflect.Value, path argtype.Path) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			c.find(v.Elem(), path)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			c.find(v.Index(i), path.Element())
		}
	case reflect.Map:
		for k, e := range v.Seq2() {
			c.find(k, path.Key())
			c.find(e, path.Element())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Tag.Get("json") != "-" {
				c.find(v.Field(i), path.Field(goType{v.Type()}, f.Name))
			}
		}
	}
}

// try sets found if v, whose type has its own methods, would not arrive.
func (c *culprit) try(v reflect.Value, path argtype.Path) {
	if t := (goType{v.Type()}); !argtype.Encodes(t) && !argtype.Decodes(t) {
		return
	}
	p := paramOf(c.index, v.Type())
	var data bytes.Buffer
	if p.encode(&data, v) != nil {
		return
	}
	if c.all {
		c.found = p.retry(v, data.Bytes())
	}
	if got := reflect.New(v.Type()).Elem(); c.found == nil && p.guard(decode, func() error { return p.unmarshal(data.Bytes(), got) }) == nil && timesDiffer(v, got) {
		c.found = &failure{loseSecs, nil}
	}
	if c.found != nil {
		c.path, c.typ = path, v.Type()
	}
}

// timesDiffer reports whether a, whose methods encode it, is or embeds a time in a zone
// with seconds in its offset that is another instant in b: the methods of [time.Time] drop
// the seconds.
func timesDiffer(a, b reflect.Value) bool {
	switch {
	case a.Type().ConvertibleTo(timeType):
		x, y := a.Convert(timeType).Interface().(time.Time), b.Convert(timeType).Interface().(time.Time)
		_, offset := x.Zone()
		return offset%60 != 0 && !x.Equal(y)
	case a.Kind() == reflect.Pointer:
		return a.Type().Name() == "" && a.Type().Elem().ConvertibleTo(timeType) && !a.IsNil() && !b.IsNil() && timesDiffer(a.Elem(), b.Elem())
	case a.Kind() != reflect.Struct:
		return false
	}
	for i := range a.NumField() {
		if a.Type().Field(i).IsExported() && timesDiffer(a.Field(i), b.Field(i)) {
			return true
		}
	}
	return false
}
