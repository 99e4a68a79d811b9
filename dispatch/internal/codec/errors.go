package codec

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/cloud-functions-dispatch/go/internal/argtype"
)

// An action says what cannot be done with an argument.
type action string

const (
	encode action = "encoded"
	decode action = "decoded"
)

// An ArgumentError names the argument that could not be encoded or decoded, and the
// reason. Its text holds types and kinds, never a value.
type ArgumentError struct {
	Index int          // of the parameter after the context, from 1
	Type  reflect.Type // of the parameter
	why   string
	cause error
}

func (e *ArgumentError) Error() string {
	return fmt.Sprintf("argument %d (%v) %s", e.Index, e.Type, e.why)
}

// Unwrap returns the error of the encoder, whose text may hold values. After decoding
// it returns nil.
func (e *ArgumentError) Unwrap() error { return e.cause }

// wrap returns an ArgumentError for cause.
func (p *param) wrap(a action, cause error) error {
	e := &ArgumentError{p.index, p.typ, fmt.Sprintf("cannot be %s: %s", a, reason(p.typ, a, cause)), cause}
	if a == decode {
		e.cause = nil // it may quote a large part of the data
	}
	return e
}

// reason describes cause and its remedy. It leaves out every part that could be a value:
// JSON pointers hold map keys, and the texts of marshalers may hold anything.
func reason(t reflect.Type, a action, cause error) string {
	if rule, ok := errors.AsType[*RuleError](cause); ok && !endsWith(a, cause, "invalid UTF-8") {
		return rule.Text
	}
	var syntactic *jsontext.SyntacticError
	var semantic *json.SemanticError
	isSemantic := errors.As(cause, &semantic)
	if isSemantic && semantic.GoType != nil {
		t = semantic.GoType
	}
	switch {
	case endsWith(a, cause, "invalid UTF-8"):
		return invalidUTF8
	case endsWith(a, cause, "exceeded max depth"):
		return TooDeep
	case errors.Is(cause, jsontext.ErrDuplicateName):
		return "an object has a member twice (send each once)"
	case a == encode && errors.Is(cause, jsontext.ErrNonStringName):
		return "a map has a key that is not a string in JSON (use keys of a string or an integer type)"
	case errors.As(cause, &syntactic) && a == encode:
		return fmt.Sprintf("the marshaler of %v does not write one JSON value (fix it)", t)
	case syntactic != nil:
		return fmt.Sprintf("not valid JSON at byte %d (write it with a JSON encoder)", syntactic.ByteOffset)
	case a == decode && isSemantic:
		return misfit(t, semantic.JSONKind)
	default:
		return unencodable(t)
	}
}

const invalidUTF8 = "it holds invalid UTF-8 (send binary data as []byte)"

// misfit describes JSON of kind k that does not fit t.
func misfit(t reflect.Type, k jsontext.Kind) string {
	const remedy = "deploy caller and callee from the same code"
	if m := argtype.Decoder(goType{t}); m != "" && t != timeType {
		return fmt.Sprintf("the %s of %v refuses a value (deploy caller and callee from the same code, or send a value that the type accepts)", m, t)
	}
	if kind := kindName(k); kind != "" {
		return fmt.Sprintf("got a JSON %s, which does not fit type %v (%s)", kind, t, remedy)
	}
	return fmt.Sprintf("it does not fit type %v (%s)", t, remedy)
}

// unencodable describes why a value of type t cannot be encoded.
func unencodable(t reflect.Type) string {
	if argtype.Encodes(goType{t}) {
		return fmt.Sprintf("the marshaler of %v refuses it (unwrap this error to see why)", t)
	}
	if p := argtype.Check(goType{t}, ""); p != nil {
		return p.Describe("a value")
	}
	switch t.Kind() {
	case reflect.Float32, reflect.Float64:
		return fmt.Sprintf("type %v has a value that JSON cannot hold, a NaN or an infinity (check it before the call)", t)
	default:
		return fmt.Sprintf("type %v has a value that JSON cannot hold, such as a cycle (send a tree)", t)
	}
}

// endsWith reports whether err is, or wraps, an error that ends with text. It compares
// texts because jsontext and protojson export no values for these errors. Of a
// decoder's errors it only compares syntactic ones: the others may quote the data at
// any length.
func endsWith(a action, err error, text string) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if s, ok := err.(*jsontext.SyntacticError); ok {
			return s.Err != nil && strings.HasSuffix(s.Err.Error(), text)
		}
		if a == encode && strings.HasSuffix(err.Error(), text) {
			return true
		}
	}
	return false
}

// kindName returns the name of k for messages, or "" if there is no value.
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
