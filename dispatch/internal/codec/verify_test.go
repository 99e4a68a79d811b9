package codec_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/structpb"
)

// A color does not know "", which its zero value is.
type color string

func (c color) MarshalText() ([]byte, error) { return []byte(c), nil }
func (c *color) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		return errors.New("no color hunter2")
	}
	*c = color(b)
	return nil
}

// A size is decoded into a copy.
type size struct{ N int }

func (s size) MarshalJSON() ([]byte, error) { return json.Marshal(s.N) }
func (s size) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &s.N) }

// A fuse panics when it is decoded.
type fuse struct{ N int }

func (f *fuse) UnmarshalJSON(b []byte) error { panic("hunter2") }

// A created time has the methods of an embedded one.
type created struct{ time.Time }

type paint struct {
	Colors map[color][]*color
	Size   *size
	Fuse   *fuse
	Net    netip.Prefix
	At     created
}

var zurich = time.FixedZone("LMT", 34*60+8)

// Verify refuses the values that do not arrive, and names the innermost part. The text has
// no value.
func TestSignature_Verify(t *testing.T) {
	t.Parallel()
	const (
		refused = " refuses this value (send a value that it accepts)"
		changed = " does not restore this value (send a value that it restores, or a type of your own)"
		arg     = "argument 2 (codec_test.paint) would not arrive: "
	)
	red, none := color("hunter2"), color("")
	structured := func(ctx, int, paint) error { return nil }
	for _, tt := range []struct {
		fn   any
		args []any
		want string // empty if the arguments arrive
	}{
		{structured, []any{1, paint{}}, ""},
		{structured, []any{1, paint{Colors: map[color][]*color{red: {&red, nil}}, Net: netip.MustParsePrefix("10.0.0.0/8")}}, ""},
		{structured, []any{1, paint{Colors: map[color][]*color{red: {&red, &none}}}}, arg + "paint.Colors[][] has type codec_test.color, whose UnmarshalText" + refused},
		{structured, []any{1, paint{Colors: map[color][]*color{none: nil}}}, arg + "paint.Colors[key] has type codec_test.color, whose UnmarshalText" + refused},
		{structured, []any{1, paint{Size: &size{}}}, ""},
		{structured, []any{1, paint{Size: &size{7}}}, arg + "paint.Size has type codec_test.size, whose UnmarshalJSON" + changed},
		{structured, []any{1, paint{Fuse: &fuse{7}}}, arg + "paint.Fuse has type codec_test.fuse, whose UnmarshalJSON panics with this value (return an error instead)"},
		{structured, []any{1, paint{Net: netip.PrefixFrom(netip.MustParseAddr("10.0.0.1"), 99)}}, arg + "paint.Net has type netip.Prefix, whose UnmarshalText" + refused},
		{structured, []any{1, paint{At: created{when.In(zurich)}}}, arg + "paint.At has type codec_test.created, whose UnmarshalJSON" + changed},
		{func(ctx, color) error { return nil }, []any{none}, "argument 1 (codec_test.color) would not arrive: its UnmarshalText" + refused},
		{func(ctx, ...size) error { return nil }, []any{[]size{{}, {7}}}, "argument 1 (codec_test.size) would not arrive: its UnmarshalJSON" + changed},
		{func(ctx, ...size) error { return nil }, []any{[]size{{}, {}}}, ""},
		{func(ctx, []created) error { return nil }, []any{[]created{{when.In(zurich)}}}, "argument 1 ([]codec_test.created) would not arrive: an element of it has type codec_test.created, whose UnmarshalJSON" + changed},
	} {
		s, args := of(t, tt.fn), values(tt.fn, tt.args)
		data, err := s.Encode(args)
		if err != nil {
			t.Fatalf("Encode(%+v) = %v", tt.args, err)
		}
		err = s.Verify(args, data)
		if (err == nil) != (tt.want == "") || err != nil && err.Error() != tt.want {
			t.Errorf("Verify(%s) = %v, want %q", data, err, tt.want)
		}
	}
}

// The rules of the codec for times, floats and raw JSON, and their bytes.
func TestSignature_rules(t *testing.T) {
	t.Parallel()
	type hook struct {
		Body json.RawMessage
		List []json.RawMessage
	}
	raw := json.RawMessage("{ \"a\" :\n\"\\u003c\" }")
	for _, tt := range []struct {
		what string
		fn   any
		arg  any
		want string // the JSON, or the error
	}{
		{"seconds east", func(ctx, time.Time) error { return nil }, time.Date(1850, 1, 1, 0, 0, 0, 0, zurich), `["1850-01-01T00:00:52+00:35"]`},
		{"seconds west", func(ctx, time.Time) error { return nil }, time.Date(1850, 1, 1, 0, 0, 0, 0, time.FixedZone("LMT", -4*3600-56*60-2)), `["1850-01-01T00:00:02-04:56"]`},
		{"a float", func(ctx, *big.Float) error { return nil }, big.NewFloat(0.1), `["0.10000000000000000555"]`},
		{"an infinite float", func(ctx, *big.Float) error { return nil }, new(big.Float).SetInf(true), `["-Inf"]`},
		{"a long float", func(ctx, big.Float) error { return nil }, *new(big.Float).SetPrec(100).Quo(big.NewFloat(1), big.NewFloat(3)), "argument 1 (big.Float) cannot be encoded: a big.Float needs more than 64 bits of precision, at which it is decoded (round it with SetPrec, or send its Text)"},
		{"raw JSON", func(ctx, json.RawMessage) error { return nil }, json.RawMessage(" {\"a\": 1}\n"), "[ {\"a\": 1}\n]"},
		{"raw JSON inside", func(ctx, hook) error { return nil }, hook{raw, []json.RawMessage{json.RawMessage("1"), raw, nil, raw}}, "[{\"Body\":" + string(raw) + ",\"List\":[1," + string(raw) + ",null," + string(raw) + "]}]"},
		{"raw JSON with space around it", func(ctx, hook) error { return nil }, hook{Body: json.RawMessage("1\n")}, "argument 1 (codec_test.hook) cannot be encoded: raw JSON has white space around it, which would not arrive (remove it with bytes.TrimSpace, or send []byte)"},
		{"raw JSON behind a pointer", func(ctx, *json.RawMessage) error { return nil }, &raw, "[" + string(raw) + "]"},
		{"raw JSON that is not valid", func(ctx, hook) error { return nil }, hook{Body: json.RawMessage("{")}, "argument 1 (codec_test.hook) cannot be encoded: the marshaler of " + reflect.TypeFor[json.RawMessage]().String() + " does not write one JSON value (fix it)"}, // jsontext.Value from Go 1.27 on,
		{"a null in a struct", func(ctx, struct{ V *structpb.Value }) error { return nil }, struct{ V *structpb.Value }{structpb.NewNullValue()}, "argument 1 (struct { V *structpb.Value }) cannot be encoded: a *structpb.Value in a struct or map is the value null, which would arrive as nil (leave it nil)"},
		{"an embedded message", func(ctx, []struct{ *structpb.Value }) error { return nil }, []struct{ *structpb.Value }{{structpb.NewNullValue()}}, "argument 1 ([]struct { *structpb.Value }) cannot be encoded: type struct { *structpb.Value } embeds a message (give the embedded field a name)"},
	} {
		s, args := of(t, tt.fn), values(tt.fn, []any{tt.arg})
		data, err := s.Encode(args)
		if got := string(data); err != nil && err.Error() != tt.want || err == nil && got != tt.want {
			t.Errorf("%s: Encode = %s, %v, want %s", tt.what, got, err, tt.want)
		}
		if err != nil {
			continue
		}
		got, err := s.Decode(data)
		if err != nil {
			t.Fatalf("%s: Decode = %v", tt.what, err)
		}
		again, err := s.Encode(got)
		if err != nil || string(again) != tt.want {
			t.Errorf("%s: encoded again it is %s, %v, want %s", tt.what, again, err, tt.want)
		}
		switch sent := tt.arg.(type) {
		case time.Time:
			if !sent.Equal(got[0].Interface().(time.Time)) {
				t.Errorf("%s: %v arrived as %v", tt.what, sent, got[0])
			}
		case *big.Float:
			if sent.Cmp(got[0].Interface().(*big.Float)) != 0 {
				t.Errorf("%s: %v arrived as %v", tt.what, sent, got[0])
			}
		default:
			if !reflect.DeepEqual(sent, got[0].Interface()) {
				t.Errorf("%s: %+v arrived as %+v", tt.what, sent, got[0])
			}
		}
	}
}

// Encoders of raw JSON are shared, and keep nothing of another call.
func TestSignature_Encode_rawAgain(t *testing.T) {
	t.Parallel()
	fn := func(ctx, []json.RawMessage) error { return nil }
	s := of(t, fn)
	for i := range 100 {
		raw := json.RawMessage("[" + strings.Repeat(" ", i) + "]")
		data, err := s.Encode(values(fn, []any{[]json.RawMessage{raw}}))
		if want := "[[" + string(raw) + "]]"; err != nil || string(data) != want {
			t.Fatalf("Encode = %q, %v, want %q", data, err, want)
		}
		if _, err := s.Encode(values(fn, []any{[]json.RawMessage{raw, json.RawMessage("{")}})); err == nil {
			t.Fatal("Encode of JSON that is not valid = nil")
		}
	}
}
