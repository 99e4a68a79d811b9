package codec

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// An action is what was being done when an error occurred.
type action string

const (
	encode action = "encoded"
	decode action = "decoded"
)

// An ArgumentError says which argument could not be encoded or decoded, and
// why. Its text holds types and kinds, never a value.
type ArgumentError struct {
	Index int          // of the parameter after the context, from 1
	Type  reflect.Type // of the parameter
	why   string
	cause error
}

func (e *ArgumentError) Error() string {
	return fmt.Sprintf("argument %d (%v) %s", e.Index, e.Type, e.why)
}

// Unwrap returns the encoder's own error, whose text may hold values.
func (e *ArgumentError) Unwrap() error { return e.cause }

func (p *param) wrap(a action, cause error) error {
	return &ArgumentError{p.index, p.typ, fmt.Sprintf("cannot be %s: %s", a, reason(p.typ, a, cause)), cause}
}

// reason describes cause without any part of it that could be a value: JSON
// pointers hold map keys, and the texts of marshalers may hold anything.
func reason(t reflect.Type, a action, cause error) string {
	var syntactic *jsontext.SyntacticError
	var semantic *json.SemanticError
	switch {
	case isInvalidUTF8(cause):
		return "it holds invalid UTF-8 (send binary data as []byte)"
	case errors.Is(cause, jsontext.ErrDuplicateName):
		return "an object has a member twice"
	case errors.As(cause, &syntactic):
		return fmt.Sprintf("not valid JSON at byte %d", syntactic.ByteOffset)
	case !errors.As(cause, &semantic):
		return "protojson refuses it"
	}
	if semantic.GoType != nil {
		t = semantic.GoType
	}
	if a == decode {
		if kind := kindName(semantic.JSONKind); kind != "" {
			return fmt.Sprintf("got a JSON %s, which does not fit type %v", kind, t)
		}
		return fmt.Sprintf("it does not fit type %v", t)
	}
	if hasMarshaler(t) {
		return fmt.Sprintf("the marshaler of %v refuses it", t)
	}
	if err := neverEncodes(t, t.String()); err != nil {
		return err.Error()
	}
	return fmt.Sprintf("type %v has a value that JSON cannot hold (such as NaN, an infinity or a cycle)", t)
}

// isInvalidUTF8 goes by the text, which is all that jsontext gives: it has no
// exported value for this error.
func isInvalidUTF8(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if strings.HasSuffix(err.Error(), "invalid UTF-8") && errors.Unwrap(err) == nil {
			return true
		}
	}
	return false
}

func kindName(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "null"
	case 'f', 't':
		return "boolean"
	case '"':
		return "string"
	case '0':
		return "number"
	case '{', '}':
		return "object"
	case '[', ']':
		return "array"
	}
	return ""
}
