package codec

import (
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cloud-functions-dispatch/go/internal/argtype"
)

// ruled are the JSON options for signatures with types that have a rule of the codec's
// own. Other signatures do not pay for the search of these types.
var ruled = json.JoinOptions(options,
	json.WithMarshalers(json.JoinMarshalers(
		json.MarshalToFunc(encodeTime),
		json.MarshalToFunc(encodeFloat),
		json.MarshalToFunc(encodeValue),
		json.MarshalToFunc(encodeMessage),
	)),
	json.WithUnmarshalers(json.JoinUnmarshalers(
		json.UnmarshalFromFunc(decodeRaw),
		json.UnmarshalFromFunc(decodeValue),
		json.UnmarshalFromFunc(decodeMessage),
	)),
)

// A ruleError is an error of these rules. Its text holds no value.
type ruleError struct {
	text  string
	cause error
}

func (e *ruleError) Error() string { return e.text }
func (e *ruleError) Unwrap() error { return e.cause }

// encodeTime writes times whose zone has seconds in its offset, which RFC 3339 cannot
// represent. It keeps the instant, and rounds the offset up to a minute, so that
// midnight stays on its day.
func encodeTime(enc *jsontext.Encoder, t time.Time) error {
	_, offset := t.Zone()
	if offset%60 == 0 {
		return errors.ErrUnsupported // the encoder's own rule
	}
	offset += 60 - (offset%60+60)%60
	return json.MarshalEncode(enc, t.In(time.FixedZone("", offset)))
}

// maxFloatExp limits the exponent of a big.Float, to the base 2. Beyond it, decimal digits
// are slow, and math/big does not always decode them exactly.
const maxFloatExp = 1 << 12

// floatPrec is the precision, in bits, at which math/big decodes a big.Float.
const floatPrec = 64

// encodeFloat writes the digits from which the decoder gets the same number.
// [big.Float.MarshalText] writes those for the precision of f, which is not sent.
func encodeFloat(enc *jsontext.Encoder, f *big.Float) error {
	sent := new(big.Float).SetPrec(floatPrec).Set(f)
	if exp := sent.MantExp(nil); exp > maxFloatExp || exp < -maxFloatExp {
		return &ruleError{text: fmt.Sprintf("a big.Float has an exponent of more than %d bits, which is slow to encode (send it as a mantissa and an exponent)", maxFloatExp)}
	}
	if sent.Cmp(f) != 0 {
		return &ruleError{text: fmt.Sprintf("a big.Float needs more than %d bits of precision, at which it is decoded (round it with SetPrec, or send its Text)", floatPrec)}
	}
	text, err := sent.MarshalText()
	if err != nil {
		return err
	}
	if got := new(big.Float); got.UnmarshalText(text) != nil || got.Cmp(sent) != 0 {
		return &ruleError{text: "a big.Float is not decoded exactly (send it as a mantissa and an exponent)"}
	}
	return enc.WriteToken(jsontext.String(string(text)))
}

// encodeValue refuses a *structpb.Value that decodeValue would not restore: the value null
// as a member of an object, and nil anywhere else.
func encodeValue(enc *jsontext.Encoder, v **structpb.Value) error {
	parent, _ := enc.StackIndex(enc.StackDepth())
	_, isNull := (*v).GetKind().(*structpb.Value_NullValue)
	switch {
	case parent == '{' && isNull:
		return &ruleError{text: "a *structpb.Value in a struct or map is the value null, which would arrive as nil (leave it nil)"}
	case parent != '{' && *v == nil:
		return &ruleError{text: "a *structpb.Value is nil, but would arrive as the value null (use structpb.NewNullValue)"}
	}
	return errors.ErrUnsupported
}

// decodeValue decodes null to nil in an object, where a member that is not set is more
// common, and elsewhere to the value null.
func decodeValue(dec *jsontext.Decoder, v **structpb.Value) error {
	if parent, _ := dec.StackIndex(dec.StackDepth()); parent == '{' || dec.PeekKind() != 'n' {
		return errors.ErrUnsupported
	}
	*v = structpb.NewNullValue()
	return dec.SkipValue()
}

// encodeMessage writes the message m by protojson. The encoder drops the spaces that
// protojson inserts at random.
func encodeMessage(enc *jsontext.Encoder, m proto.Message) error {
	if err := asMessage(m); err != nil {
		return err
	}
	if text := checkFields(m.ProtoReflect(), 0); text != "" {
		return &ruleError{text: text}
	}
	b, err := protojson.Marshal(m)
	if err != nil {
		return &ruleError{"protojson refuses it (unwrap this error to see why)", err}
	}
	return enc.WriteValue(b)
}

// decodeMessage reads the message m by protojson.
func decodeMessage(dec *jsontext.Decoder, m proto.Message) error {
	if err := asMessage(m); err != nil {
		return err
	}
	data, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if _, isValue := m.(*structpb.Value); !isValue && data.Kind() == 'n' {
		proto.Reset(m)
		return nil
	}
	if (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, m) != nil {
		// protojson's error is not used, because it quotes the data at any length.
		return &ruleError{text: fmt.Sprintf("protojson refuses it (write it in the JSON mapping of %T)", m)}
	}
	return nil
}

// asMessage returns nil if m is a message, and [errors.ErrUnsupported] if it is a struct
// that only embeds a message under a JSON name: its fields are encoded one by one.
func asMessage(m proto.Message) error {
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

// checkMessage is asMessage for the type of a message.
func checkMessage(t reflect.Type) error {
	if loss := argtype.Loss(goType{t}); loss != "" {
		return &ruleError{text: fmt.Sprintf("a value has type %v, %s", t, loss)}
	}
	switch argtype.MessageKindOf(goType{t}) {
	case argtype.Message:
		return nil
	case argtype.HoldsMessage:
		return errors.ErrUnsupported
	default:
		return &ruleError{text: fmt.Sprintf("type %v embeds a message (give the embedded field a name)", t)}
	}
}
