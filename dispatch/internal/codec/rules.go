package codec

import (
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ruled are the JSON options for signatures with types that have a rule of the codec's
// own. Other signatures do not pay for the search of these types.
var ruled = ruledWith(noMessages)

func ruledWith(m Messages) json.Options {
	return json.JoinOptions(options,
		json.WithMarshalers(json.JoinMarshalers(
			json.MarshalToFunc(encodeTime),
			json.MarshalToFunc(encodeFloat),
			m.Marshalers,
		)),
		json.WithUnmarshalers(json.JoinUnmarshalers(
			json.UnmarshalFromFunc(decodeRaw),
			m.Unmarshalers,
		)),
	)
}

// A RuleError is an error of these rules. Its text holds no value.
type RuleError struct {
	Text  string
	Cause error
}

func (e *RuleError) Error() string { return e.Text }
func (e *RuleError) Unwrap() error { return e.Cause }

// encodeTime writes times whose zone has seconds in its offset, which RFC 3339 cannot
// represent. It keeps the instant, and rounds the offset up to a minute, so that
// midnight stays on its day.
func encodeTime(enc *jsontext.Encoder, t time.Time) error {
	if !isOdd(t) {
		return errors.ErrUnsupported // the encoder's own rule
	}
	_, offset := t.Zone()
	offset += 60 - (offset%60+60)%60
	return json.MarshalEncode(enc, t.In(time.FixedZone("", offset)))
}

// isOdd reports whether the zone of t has seconds in its offset.
func isOdd(t time.Time) bool {
	_, offset := t.Zone()
	return offset%60 != 0
}

// hasOddZone reports whether v, which is at the given depth, may hold a time that isOdd.
// Since the encoder takes twice as long if it looks for rules, it must not look for this
// one.
func hasOddZone(v reflect.Value, depth int) bool {
	n := needsOf(v.Type())
	if !n.times {
		return false
	}
	if depth > MaxDepth || !v.CanInterface() {
		return true // the encoder finds out
	}
	switch v.Kind() {
	case reflect.Pointer:
		return !v.IsNil() && hasOddZone(v.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if hasOddZone(v.Index(i), depth+1) {
				return true
			}
		}
	case reflect.Map:
		for k, e := range v.Seq2() {
			if hasOddZone(k, depth+1) || hasOddZone(e, depth+1) {
				return true
			}
		}
	case reflect.Struct:
		if v.Type() == timeType {
			return isOdd(timeOf(v))
		}
		for _, i := range n.timesIn {
			if hasOddZone(v.Field(i), depth+1) {
				return true
			}
		}
	}
	return false
}

// timeOf returns the time in v. It avoids a copy, if it can.
func timeOf(v reflect.Value) time.Time {
	if v.CanAddr() {
		return *v.Addr().Interface().(*time.Time)
	}
	return v.Interface().(time.Time)
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
		return &RuleError{Text: fmt.Sprintf("a big.Float has an exponent of more than %d bits, which is slow to encode (send it as a mantissa and an exponent)", maxFloatExp)}
	}
	if sent.Cmp(f) != 0 {
		return &RuleError{Text: fmt.Sprintf("a big.Float needs more than %d bits of precision, at which it is decoded (round it with SetPrec, or send its Text)", floatPrec)}
	}
	text, err := sent.MarshalText()
	if err != nil {
		return err
	}
	if got := new(big.Float); got.UnmarshalText(text) != nil || got.Cmp(sent) != 0 {
		return &RuleError{Text: "a big.Float is not decoded exactly (send it as a mantissa and an exponent)"}
	}
	return enc.WriteToken(jsontext.String(string(text)))
}
