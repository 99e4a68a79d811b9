package protobuf

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/codec"
)

// encodeValue refuses a *structpb.Value that decodeValue would not restore: the value null
// as a member of an object, and nil anywhere else.
func encodeValue(enc *jsontext.Encoder, v **structpb.Value) error {
	parent, _ := enc.StackIndex(enc.StackDepth())
	_, isNull := (*v).GetKind().(*structpb.Value_NullValue)
	switch {
	case parent == '{' && isNull:
		return &codec.RuleError{Text: "a *structpb.Value in a struct or map is the value null, which would arrive as nil (leave it nil)"}
	case parent != '{' && *v == nil:
		return &codec.RuleError{Text: "a *structpb.Value is nil, but would arrive as the value null (use structpb.NewNullValue)"}
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
	if err := codec.AsMessage(m); err != nil {
		return err
	}
	if text := checkFields(m.ProtoReflect(), 0); text != "" {
		return &codec.RuleError{Text: text}
	}
	b, err := protojson.Marshal(m)
	if err != nil {
		return &codec.RuleError{Text: "protojson refuses it (unwrap this error to see why)", Cause: err}
	}
	return enc.WriteValue(b)
}

// decodeMessage reads the message m by protojson.
func decodeMessage(dec *jsontext.Decoder, m proto.Message) error {
	if err := codec.AsMessage(m); err != nil {
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
		return &codec.RuleError{Text: fmt.Sprintf("protojson refuses it (write it in the JSON mapping of %T)", m)}
	}
	return nil
}
