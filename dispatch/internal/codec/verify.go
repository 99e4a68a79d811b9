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
// encoding of args, or would get other values. It decodes and encodes again each argument
// that holds a type with its own methods, since only the methods know which values they
// accept, unless the type is known to be faithful. Other arguments cost nothing.
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
	err := p.retry(data)
	if err == nil && !p.needs.times {
		return nil
	}
	c := culprit{param: p, all: err != nil}
	c.find(arg, "")
	switch {
	case c.err != nil:
		return &ArgumentError{p.index, p.typ, "would not arrive: " + c.err.Error(), nil}
	case err != nil:
		return &ArgumentError{p.index, p.typ, "would not arrive: " + describe("", p.typ, err), nil}
	}
	return nil
}

var (
	errRefused = errors.New("refuses this value (send a value that it accepts)")
	errChanged = errors.New("does not restore this value (send a value that it restores, or a type of your own)")
	errSeconds = errors.New("has a time whose zone has seconds in its offset, which RFC 3339 cannot represent (convert it with UTC)")
)

// retry decodes data and encodes the result again.
func (p *param) retry(data []byte) error {
	got := reflect.New(p.typ).Elem()
	if p.guard(decode, func() error { return p.unmarshal(data, got) }) != nil {
		return errRefused
	}
	var again bytes.Buffer
	if err := p.encode(&again, got); err != nil || !bytes.Equal(again.Bytes(), data) {
		return errChanged
	}
	return nil
}

// describe returns the text of err, which is an error of retry for a value of type t at
// the path, or errSeconds.
func describe(path argtype.Path, t reflect.Type, err error) string {
	decoder := string(argtype.Decoder(goType{t}))
	if decoder == "" {
		decoder = "decoding"
	}
	switch {
	case err == errSeconds && path == "":
		return fmt.Sprint("it ", err)
	case err == errSeconds:
		return fmt.Sprintf("%s %v", path, err)
	case path == "":
		return fmt.Sprintf("its %s %v", decoder, err)
	default:
		return fmt.Sprintf("%s has type %v, whose %s %v", path, t, decoder, err)
	}
}

// A culprit is the innermost part of an argument that would not arrive.
type culprit struct {
	*param
	all bool  // look for parts that retry refuses; otherwise only for times
	err error // nil if there is none
}

// find sets err if v, which is at the path, or a part of it would not arrive.
func (c *culprit) find(v reflect.Value, path argtype.Path) {
	if c.err != nil {
		return
	}
	encodes := false
	if v.Kind() != reflect.Pointer && v.Kind() != reflect.Interface {
		encodes = argtype.Encodes(goType{v.Type()})
	}
	if encodes {
		if hasSeconds(v) {
			c.err = errors.New(describe(path, v.Type(), errSeconds))
		}
	} else {
		c.parts(v, path)
	}
	if c.err == nil && c.all && needsOf(v.Type()).custom {
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

// try sets err if retry refuses v.
func (c *culprit) try(v reflect.Value, path argtype.Path) {
	p := &param{index: c.index, typ: v.Type(), needs: needsOf(v.Type()), options: c.options}
	var data bytes.Buffer
	if p.encode(&data, v) != nil {
		return // it is a part that is not encoded alone
	}
	if err := p.retry(data.Bytes()); err != nil {
		c.err = errors.New(describe(path, v.Type(), err))
	}
}

// hasSeconds reports whether v, whose methods encode it, is or embeds a time in a zone
// with seconds in its offset: the method of [time.Time] drops them.
func hasSeconds(v reflect.Value) bool {
	if v.Type().ConvertibleTo(timeType) {
		_, offset := v.Convert(timeType).Interface().(time.Time).Zone()
		return offset%60 != 0
	}
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		return hasSeconds(v.Elem())
	}
	if v.Kind() != reflect.Struct {
		return false
	}
	for i := range v.NumField() {
		if v.Type().Field(i).IsExported() && hasSeconds(v.Field(i)) {
			return true
		}
	}
	return false
}
