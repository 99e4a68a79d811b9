package codec

import (
	"errors"
	"fmt"
	"reflect"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/cloud-functions-dispatch/go/internal/argtype"
)

// Messages encodes, decodes and compares protocol buffer messages. Package
// dispatch/protobuf has the only one, because programs that send no messages are much
// smaller without protojson.
type Messages struct {
	Marshalers   *json.Marshalers
	Unmarshalers *json.Unmarshalers
	Equal        func(a, b protoreflect.ProtoMessage) bool
}

// SetMessages makes m encode the messages of this process. It must be called in an init.
func SetMessages(m Messages) {
	equalMessages = m.Equal
	ruled = ruledWith(m)
	rawEncoders = newRawEncoders() // with the new rules
}

// equalMessages is nil until SetMessages.
var equalMessages func(a, b protoreflect.ProtoMessage) bool

// noMessages refuses a message, which only an interface may hold: [In] refuses a
// parameter of its type.
var noMessages = Messages{Marshalers: json.MarshalToFunc(func(_ *jsontext.Encoder, m protoreflect.ProtoMessage) error {
	if err := AsMessage(m); err != nil {
		return err
	}
	return &RuleError{Text: fmt.Sprintf("a value has type %T, a protocol buffer message (import _ %q)", m, argtype.Protobuf)}
})}

// AsMessage returns nil if m is a message, and [errors.ErrUnsupported] if it is a struct
// that only embeds a message under a JSON name: its fields are encoded one by one.
func AsMessage(m protoreflect.ProtoMessage) error {
	t := reflect.TypeOf(m).Elem()
	known, ok := messages.Load(t)
	if !ok {
		known, _ = messages.LoadOrStore(t, checked{checkMessage(t)})
	}
	return known.(checked).err
}

// messages caches the result of checkMessage for each [reflect.Type].
var messages sync.Map

type checked struct{ err error }

// checkMessage is AsMessage for the type of a message.
func checkMessage(t reflect.Type) error {
	if loss := argtype.Loss(goType{t}); loss != "" {
		return &RuleError{Text: fmt.Sprintf("a value has type %v, %s", t, loss)}
	}
	switch argtype.MessageKindOf(goType{t}) {
	case argtype.Message:
		return nil
	case argtype.HoldsMessage:
		return errors.ErrUnsupported
	default:
		return &RuleError{Text: fmt.Sprintf("type %v embeds a message (give the embedded field a name)", t)}
	}
}
