package codec

import (
	"errors"
	"fmt"
	"math/big"
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
