package codec

import (
	"bytes"
	jsonv1 "encoding/json"
	"errors"
	"io"
	"reflect"
	"slices"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A rawEncoder encodes values that hold raw JSON, such as a [jsontext.Value], and keeps
// its bytes: a webhook's body has a signature. The encoder itself would drop the white
// space between tokens.
type rawEncoder struct {
	json    *jsontext.Encoder
	options json.Options
	spaced  []spaced
}

// A spaced is raw JSON with white space, and the end of the same JSON without it in the
// encoder's output.
type spaced struct {
	raw []byte
	end int64
}

// rawEncoders holds encoders. Each caches its marshalers by type.
var rawEncoders = newRawEncoders()

func newRawEncoders() *sync.Pool {
	return &sync.Pool{New: func() any {
		r := &rawEncoder{json: new(jsontext.Encoder)}
		rules, _ := json.GetOption(ruled, json.WithMarshalers)
		r.options = json.JoinOptions(ruled, json.WithMarshalers(json.JoinMarshalers(json.MarshalToFunc(r.encodeRaw), rules)))
		return r
	}}
}

// marshalRaw appends the encoding of v to buf.
func marshalRaw(buf *bytes.Buffer, v any) error {
	r := rawEncoders.Get().(*rawEncoder)
	start := buf.Len()
	r.json.Reset(buf, r.options)
	err := json.MarshalEncode(r.json, v)
	if err == nil {
		buf.Truncate(len(bytes.TrimSuffix(buf.Bytes(), []byte("\n"))))
		r.restore(buf, start)
	}
	r.json.Reset(io.Discard, r.options) // it would keep buf
	clear(r.spaced)
	r.spaced = r.spaced[:0]
	rawEncoders.Put(r) // but not after a panic, which leaves the encoder inside of a method
	return err
}

// restore puts the raw JSON with white space into buf, in which the encoder's output
// begins at start.
func (r *rawEncoder) restore(buf *bytes.Buffer, start int) {
	if len(r.spaced) == 0 {
		return
	}
	plain := slices.Clone(buf.Bytes()[start:])
	buf.Truncate(start)
	done := int64(0)
	for _, s := range r.spaced {
		buf.Write(plain[done : s.end-int64(len(s.raw)-spaces(s.raw))])
		buf.Write(s.raw)
		done = s.end
	}
	buf.Write(plain[done:])
}

// encodeRaw writes m, if it is raw JSON.
func (r *rawEncoder) encodeRaw(enc *jsontext.Encoder, m json.Marshaler) error {
	v := reflect.ValueOf(m).Elem()
	if !isBytes(v.Type()) {
		return errors.ErrUnsupported
	}
	raw := v.Bytes()
	if !isRaw(v.Type()) {
		if own, err := m.MarshalJSON(); err != nil || len(raw) == 0 || !bytes.Equal(own, raw) {
			return errors.ErrUnsupported
		}
	}
	if len(raw) == 0 {
		return enc.WriteToken(jsontext.Null)
	}
	if string(raw) == "null" {
		return &RuleError{Text: "raw JSON is null, which would arrive as nil (leave it nil)"}
	}
	if len(trim(raw)) < len(raw) {
		return &RuleError{Text: "raw JSON has white space around it, which would not arrive (remove it with bytes.TrimSpace, or send []byte)"}
	}
	if err := enc.WriteValue(raw); err != nil {
		return &json.SemanticError{GoType: v.Type(), Err: err}
	}
	if spaces(raw) > 0 && enc == r.json { // not the encoder of a method that has its options
		end := enc.OutputOffset()
		if enc.StackDepth() == 0 {
			end-- // the encoder ends a whole value with a newline
		}
		r.spaced = append(r.spaced, spaced{raw, end})
	}
	return nil
}

// isBytes reports whether t is a slice of bytes.
func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}

// isRaw reports whether t is a type of raw JSON of the json packages. In Go 1.27 they are
// one type.
func isRaw(t reflect.Type) bool {
	return t == reflect.TypeFor[jsontext.Value]() || t == reflect.TypeFor[jsonv1.RawMessage]()
}

// spaces returns the number of bytes of white space between the tokens of raw, which is
// valid JSON.
func spaces(raw []byte) (n int) {
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			i += stringLen(raw[i:]) - 1
		case ' ', '\t', '\r', '\n':
			n++
		}
	}
	return n
}

// decodeRaw decodes null to nil, as nil is encoded. The method of a type of raw JSON would
// keep the text null.
func decodeRaw(dec *jsontext.Decoder, u json.Unmarshaler) error {
	v := reflect.ValueOf(u).Elem()
	if !isBytes(v.Type()) || dec.PeekKind() != 'n' {
		return errors.ErrUnsupported
	}
	v.SetZero()
	return dec.SkipValue()
}
