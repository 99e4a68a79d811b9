package codec

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// options are the JSON options of the wire. They begin with all defaults of v2, so that
// no setting of the process changes them.
var options = json.JoinOptions(
	json.DefaultOptionsV2(),
	json.FormatNilSliceAsNull(true),
	json.FormatNilMapAsNull(true),
	jsonv1.FormatDurationAsNano(true),
	jsonv1.OmitEmptyWithLegacySemantics(true), // omitempty and string as in encoding/json:
	jsonv1.StringifyWithLegacySemantics(true), // most tags were written for it
	jsontext.PreserveRawStrings(true),
	json.Deterministic(true),
)

// Encode returns the JSON array of args. args are the arguments after the context, as
// [reflect.MakeFunc] passes them: variadic arguments in one slice.
func (s *Signature) Encode(args []reflect.Value) ([]byte, error) {
	var buf bytes.Buffer
	err := s.EncodeTo(&buf, args)
	return buf.Bytes(), err
}

// EncodeTo is [Signature.Encode] into buf.
func (s *Signature) EncodeTo(buf *bytes.Buffer, args []reflect.Value) error {
	s.prepare()
	buf.WriteByte('[')
	for i, arg := range args {
		if i > 0 {
			buf.WriteByte(',')
		}
		p := &s.params[i]
		if !s.variadic || i < len(args)-1 {
			if err := p.encode(buf, arg); err != nil {
				return err
			}
			continue
		}
		buf.WriteByte('[')
		for j := range arg.Len() {
			if j > 0 {
				buf.WriteByte(',')
			}
			if err := p.encode(buf, arg.Index(j)); err != nil {
				return err
			}
		}
		buf.WriteByte(']')
	}
	buf.WriteByte(']')
	return nil
}

// encode writes v.
func (p *param) encode(buf *bytes.Buffer, v reflect.Value) error {
	if p.plain && appendPlain(buf, v) {
		return nil
	}
	return p.guard(encode, func() error { return p.marshal(buf, v) })
}

// appendPlain writes v, whose type has no methods, if it is a string of ASCII without
// escapes, an integer or a bool: the encoder takes several times as long for these. It
// reports whether it did.
func appendPlain(buf *bytes.Buffer, v reflect.Value) bool {
	b := buf.AvailableBuffer()
	switch v.Kind() {
	case reflect.String:
		text := v.String()
		if !isPlain(text) {
			return false
		}
		b = append(append(append(b, '"'), text...), '"')
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		b = strconv.AppendInt(b, v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		b = strconv.AppendUint(b, v.Uint(), 10)
	case reflect.Bool:
		b = strconv.AppendBool(b, v.Bool())
	default:
		return false
	}
	buf.Write(b)
	return true
}

// errPanic is the cause of an error for a method that panics.
var errPanic = errors.New("a method panicked")

// guard returns the error of do as an error of the parameter. If a method of the
// argument panics, the error is without the panic's value, which may hold the argument.
func (p *param) guard(a action, do func() error) (err error) {
	returned := false
	defer func() {
		if !returned { // recover alone does not detect panic(nil) with GODEBUG=panicnil=1
			err = &ArgumentError{p.index, p.typ, fmt.Sprintf("cannot be %s: one of its methods panics with a %T (return an error instead)", a, recover()), errPanic}
		}
	}()
	if err = do(); err != nil {
		err = p.wrap(a, err)
	}
	returned = true
	return err
}

func (p *param) marshal(buf *bytes.Buffer, v reflect.Value) error {
	switch {
	case isRaw(p.typ) && jsontext.Value(v.Bytes()).IsValid() && string(trim(v.Bytes())) != "null":
		buf.Write(v.Bytes()) // with white space around it
		return nil
	case p.needs.raw:
		return marshalRaw(buf, v.Interface())
	}
	// By its address, since the encoder has no rule for a message that is nil. It would
	// make a copy that has an address itself.
	addr := reflect.New(v.Type())
	addr.Elem().Set(v)
	return json.MarshalWrite(buf, addr.Interface(), p.encoding(addr.Elem()))
}

// Decode returns the arguments in data, as [reflect.Value.Call] and CallSlice take them
// after the context: each has its parameter's type, and variadic arguments are in one
// slice.
func (s *Signature) Decode(data []byte) ([]reflect.Value, error) {
	s.prepare()
	var few [8][]byte
	if elems, ok := splitInto(few[:0], data, len(s.params)); ok {
		if args, err := s.decode(elems); err == nil {
			return args, nil
		}
	}
	// It is no such array, or has another number of elements, or one of these is wrong.
	elems, n := few[:0], 0
	err := split(data, func(elem []byte) error {
		if n++; n <= len(s.params)+1 {
			elems = append(elems, elem)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("the data is not a JSON array of arguments: %w (docs/wire.md specifies it)", err)
	}
	// One side may have one more parameter, a variadic one, if the call has no
	// arguments for it.
	const noElements = "[]"
	switch {
	case s.variadic && n == len(s.params)-1:
		elems = append(elems, []byte(noElements))
		n++
	case !s.variadic && n == len(s.params)+1 && string(trim(elems[n-1])) == noElements:
		elems = elems[:n-1]
		n--
	}
	if n != len(s.params) {
		return nil, fmt.Errorf("got %d arguments, want %d (deploy caller and callee from the same code)", n, len(s.params))
	}
	return s.decode(elems)
}

// decode returns the arguments in elems, one for each parameter.
func (s *Signature) decode(elems [][]byte) (args []reflect.Value, err error) {
	args = make([]reflect.Value, len(elems), len(elems)+1) // the context is inserted
	for i, elem := range elems {
		p := &s.params[i]
		if s.variadic && i == len(elems)-1 {
			args[i], err = p.decodeAll(elem)
		} else {
			args[i] = reflect.New(p.typ).Elem()
			err = p.decode(elem, args[i])
		}
		if err != nil {
			return nil, err
		}
	}
	return args, nil
}

// decodeAll decodes the inner array of a variadic parameter.
func (p *param) decodeAll(data []byte) (reflect.Value, error) {
	all := reflect.New(reflect.SliceOf(p.typ)).Elem()
	all.Set(reflect.MakeSlice(all.Type(), 0, 0)) // not nil, even without elements
	err := split(data, func(elem []byte) error {
		n := all.Len()
		if n == all.Cap() {
			all.Grow(1)
		}
		all.SetLen(n + 1)
		all.Index(n).SetZero()
		return p.decode(elem, all.Index(n))
	})
	if err == nil {
		return all, nil
	}
	if _, ok := errors.AsType[*ArgumentError](err); !ok {
		err = fmt.Errorf("argument %d (...%v) is not a JSON array: %w (send the arguments of a variadic parameter in one array)", p.index, p.typ, err)
	}
	return reflect.Value{}, err
}

// decode decodes data, one argument, into a value of the parameter's type. It does not
// recover from a panic of a decoding method, for which the callee has its own answer.
func (p *param) decode(data []byte, into reflect.Value) error {
	if p.plain && setPlain(into, data) {
		return nil
	}
	if err := p.unmarshal(data, into); err != nil {
		return p.wrap(decode, err)
	}
	return nil
}

func (p *param) unmarshal(data []byte, into reflect.Value) error {
	if isRaw(p.typ) && string(trim(data)) != "null" && jsontext.Value(data).IsValid() {
		into.SetBytes(bytes.Clone(data)) // with white space around it
		return nil
	}
	return json.Unmarshal(data, into.Addr().Interface(), p.decoding())
}

// setPlain sets v to the JSON in data if that is what appendPlain writes, within limits
// that make it simple. It reports whether it did.
func setPlain(v reflect.Value, data []byte) bool {
	if len(data) == 0 || len(data) > 1<<10 {
		return false
	}
	switch v.Kind() {
	case reflect.String:
		last := len(data) - 1
		if last == 0 || data[0] != '"' || data[last] != '"' || !isPlain(data[1:last]) {
			return false
		}
		v.SetString(string(data[1:last]))
		return true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, ok := plainInt(data)
		if !ok || v.OverflowInt(n) {
			return false
		}
		v.SetInt(n)
		return true
	}
	return false
}

// plainInt returns the integer in data, if it is one of at most 18 digits.
func plainInt(data []byte) (n int64, ok bool) {
	digits := bytes.TrimPrefix(data, []byte("-"))
	if len(digits) == 0 || len(digits) > 18 || digits[0] == '0' && len(data) > 1 {
		return 0, false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int64(c-'0')
	}
	if len(digits) < len(data) {
		n = -n
	}
	return n, true
}

// isPlain reports whether text is ASCII that JSON does not escape.
func isPlain[T string | []byte](text T) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
