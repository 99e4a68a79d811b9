package codec

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"reflect"

	"github.com/cloud-functions-dispatch/go/internal/argtype"
)

// Verify returns an error if the callee could not decode the arguments in data, the
// encoding of args, or would get other values. It decodes each argument that holds a type
// with its own methods, unless the type is known to be faithful: only the methods know
// which values they restore.
func (s *Signature) Verify(args []reflect.Value, data []byte) error {
	s.prepare()
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
	got := reflect.New(p.typ).Elem()
	var cause error
	err := p.guard(decode, func() error {
		cause = p.unmarshal(data, got)
		return cause
	})
	if err != nil {
		c := culprit{param: p, typ: p.typ, text: refuses, tries: maxTries}
		c.find(arg, "")
		if errors.Is(err, errPanic) {
			c.text, cause = panics, nil
		}
		return &ArgumentError{p.index, p.typ, "would not arrive: " + c.describe(), cause}
	}
	c := comparison{}
	if err := p.guard(decode, func() error { c.custom(arg, got, ""); return nil }); err != nil {
		return err // a method Equal or Cmp panics
	}
	if c.text == "" && c.undecided && !p.restores(arg, got, data) {
		c.text, c.typ = changes, p.typ
	}
	if c.text == "" {
		return nil
	}
	return &ArgumentError{p.index, p.typ, "would not arrive: " + c.describe(), nil}
}

// restores reports whether got is encoded as data is. If arg itself is not always encoded
// alike, such as with a random nonce, that cannot be told.
func (p *param) restores(arg, got reflect.Value, data []byte) bool {
	var again bytes.Buffer
	if p.encode(&again, got) == nil && bytes.Equal(again.Bytes(), data) {
		return true
	}
	again.Reset()
	return p.encode(&again, arg) == nil && !bytes.Equal(again.Bytes(), data)
}

const (
	refuses = "refuses this value (send a value that it accepts)"
	panics  = "panics with this value (return an error instead)"
	changes = "does not restore this value (send a value that it restores, or a type of your own)"
)

// describe returns what becomes of a value of type t at the path. Text follows the name
// of the decoding method.
func describe(path argtype.Path, t reflect.Type, text string) string {
	decoder := "decoding"
	if t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface {
		decoder = cmp.Or(string(argtype.Decoder(goType{t})), decoder)
	}
	if path == "" {
		return "its " + decoder + " " + text
	}
	return fmt.Sprintf("%s has type %v, whose %s %s", path, t, decoder, text)
}

// A culprit is the innermost part of an argument that its decoder refuses.
type culprit struct {
	*param
	path  argtype.Path
	typ   reflect.Type
	text  string
	tries int // that are left
}

// maxTries limits the parts that are encoded and decoded to find a culprit.
const maxTries = 1000

func (c *culprit) describe() string { return describe(c.path, c.typ, c.text) }

// find sets path and typ if v, which is at the path, or a part of it is refused, and
// reports whether it is.
func (c *culprit) find(v reflect.Value, path argtype.Path) bool {
	if !needsOf(v.Type()).custom || c.tries == 0 {
		return false
	}
	own := false
	if v.Kind() != reflect.Pointer && v.Kind() != reflect.Interface {
		t := goType{v.Type()}
		own = argtype.Encodes(t) || argtype.Decodes(t)
		if own && !c.refused(v) {
			return false
		}
		if argtype.Encodes(t) {
			c.path, c.typ = path, v.Type()
			return true
		}
	}
	if c.parts(v, path) {
		return true
	}
	if own {
		c.path, c.typ = path, v.Type()
	}
	return own
}

// refused reports whether the decoder refuses v.
func (c *culprit) refused(v reflect.Value) bool {
	c.tries--
	p := paramOf(c.index, v.Type())
	var data bytes.Buffer
	if p.encode(&data, v) != nil {
		return false
	}
	return p.guard(decode, func() error { return p.unmarshal(data.Bytes(), reflect.New(v.Type()).Elem()) }) != nil
}

// parts calls find for the parts of v.
func (c *culprit) parts(v reflect.Value, path argtype.Path) bool {
	switch v.Kind() {
	case reflect.Pointer:
		return !v.IsNil() && c.find(v.Elem(), path)
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if c.find(v.Index(i), path.Element()) {
				return true
			}
		}
	case reflect.Map:
		for k, e := range v.Seq2() {
			if c.find(k, path.Key()) || c.find(e, path.Element()) {
				return true
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if isSent(f) && c.find(v.Field(i), path.Field(goType{v.Type()}, f.Name)) {
				return true
			}
		}
	}
	return false
}
