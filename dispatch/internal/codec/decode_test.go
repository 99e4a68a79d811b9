package codec_test

import (
	"context"
	"errors"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/codec"
)

type record struct {
	A int
	B []string
	C map[string]int8
}

// refusing cannot be decoded, and its error quotes the data.
type refusing struct {
	//lint:ignore U1000 the field only has to exist
	n int
}

func (refusing) MarshalJSON() ([]byte, error)  { return []byte(`1`), nil }
func (*refusing) UnmarshalJSON(b []byte) error { return errors.New("cannot take " + string(b)) }

const (
	notArray = "the data is not a JSON array of arguments: "
	form     = " (docs/wire.md specifies it)"
	bounds   = "it does not begin with [ and end with ]"
	same     = " (deploy caller and callee from the same code)"
	byHand   = " (write it with a JSON encoder)"
)

// The error for data that cannot be decoded holds no value of it. Each input has
// "hunter2" where a value may be.
func TestSignature_Decode_refuses(t *testing.T) {
	t.Parallel()
	two := of(t, func(ctx, record, string) error { return nil })
	many := of(t, func(ctx, ...int) error { return nil })
	message := of(t, func(ctx, *wrapperspb.StringValue) error { return nil })
	const arg1, arg2 = "argument 1 (codec_test.record) cannot be decoded: ", "argument 2 (string) cannot be decoded: "
	for _, tt := range []struct {
		sig        *codec.Signature
		data, want string
	}{
		{two, ``, notArray + bounds + form},
		{two, ` `, notArray + bounds + form},
		{two, `[`, notArray + bounds + form},
		{two, `null`, notArray + bounds + form},
		{two, `{"hunter2":1}`, notArray + bounds + form},
		{two, `"hunter2"`, notArray + bounds + form},
		{two, `[{},"hunter2`, notArray + bounds + form},
		{two, `[{},"hunter2"`, notArray + bounds + form},
		{two, "\ufeff" + `[{},"hunter2"]`, notArray + bounds + form},
		{two, "[{},\"hunter2\"]\v", notArray + bounds + form},
		{two, `[{},"a"] "hunter2"`, notArray + bounds + form},
		{two, `[{},"a"]["hunter2"]`, notArray + "there is more after the array" + form},
		{two, `[{},"a"]]`, notArray + "there is more after the array" + form},
		{two, `[{},"hunter2]`, notArray + "a string does not end" + form},
		{two, `[{},"hunter2\"]`, notArray + "a string does not end" + form},
		{two, `[{},["hunter2"]`, notArray + "an array or object does not end" + form},

		{two, `[]`, "got 0 arguments, want 2" + same},
		{two, `[{}]`, "got 1 arguments, want 2" + same},
		{two, `[{},"hunter2",1]`, "got 3 arguments, want 2" + same},
		{two, `[{},"hunter2",]`, "got 3 arguments, want 2" + same},
		{two, `[{},"hunter2",[1]]`, "got 3 arguments, want 2" + same},
		{two, `[{},"hunter2",[],[]]`, "got 4 arguments, want 2" + same},
		{two, `[{},[]]`, arg2 + "got a JSON array, which does not fit type string" + same},
		{many, `[[],[]]`, "got 2 arguments, want 1" + same},
		{many, `[1,2]`, "got 2 arguments, want 1" + same},

		{two, `[{},]`, arg2 + "not valid JSON at byte 0" + byHand},
		{two, `[,"hunter2"]`, arg1 + "not valid JSON at byte 0" + byHand},
		{two, `[{},1]`, arg2 + "got a JSON number, which does not fit type string" + same},
		{two, `[{},["hunter2"]]`, arg2 + "got a JSON array, which does not fit type string" + same},
		{two, `["hunter2",""]`, arg1 + "got a JSON string, which does not fit type codec_test.record" + same},
		{two, `[{"A":"hunter2"},""]`, arg1 + "got a JSON string, which does not fit type int" + same},
		{two, `[{"A":true},""]`, arg1 + "got a JSON boolean, which does not fit type int" + same},
		{two, `[{"A":1.5},""]`, arg1 + "got a JSON number, which does not fit type int" + same},
		{two, `[{"C":{"hunter2":128}},""]`, arg1 + "got a JSON number, which does not fit type int8" + same},
		{two, `[{"B":{"hunter2":1}},""]`, arg1 + "got a JSON object, which does not fit type []string" + same},
		{two, `[{"hunter2":1,"hunter2":2},""]`, arg1 + "an object has a member twice (send each once)"},
		{two, `[{"C":{"hunter2":1,"hunter2":2}},""]`, arg1 + "an object has a member twice (send each once)"},
		{two, "[{},\"hunter2\xff\"]", arg2 + "it holds invalid UTF-8 (send binary data as []byte)"},
		{two, "[{\"hunter2\xff\":1},\"\"]", arg1 + "it holds invalid UTF-8 (send binary data as []byte)"},
		{two, `[{},"hunter2\ud800"]`, arg2 + "not valid JSON at byte 8" + byHand},
		{two, "[{},\"hunter2\n\"]", arg2 + "not valid JSON at byte 8" + byHand},
		{two, `[{} {},""]`, arg1 + "not valid JSON at byte 3" + byHand},
		{two, `[{},"a" "hunter2"]`, arg2 + "not valid JSON at byte 4" + byHand},
		{two, `[{"X":[1,2},"hunter2"]`, notArray + "an array or object does not end" + form},
		{two, `[{"X":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `},""]`, arg1 + "it is nested more than 10000 deep, or has a cycle (flatten it)"},

		{many, `[null]`, "argument 1 (...int) is not a JSON array: " + bounds + " (send the arguments of a variadic parameter in one array)"},
		{many, `["hunter2"]`, "argument 1 (...int) is not a JSON array: " + bounds + " (send the arguments of a variadic parameter in one array)"},
		{many, `[[1,]]`, "argument 1 (int) cannot be decoded: not valid JSON at byte 0" + byHand},
		{many, `[[,]]`, "argument 1 (int) cannot be decoded: not valid JSON at byte 0" + byHand},
		{many, `[[1,"hunter2"]]`, "argument 1 (int) cannot be decoded: got a JSON string, which does not fit type int" + same},

		{message, `[{"hunter2":1}]`, "argument 1 (*wrapperspb.StringValue) cannot be decoded: protojson refuses it (write it in the JSON mapping of *wrapperspb.StringValue)"},
		{message, "[\u00a0null]", "argument 1 (*wrapperspb.StringValue) cannot be decoded: not valid JSON at byte 0" + byHand},
		{message, `["hunter2" "b"]`, "argument 1 (*wrapperspb.StringValue) cannot be decoded: not valid JSON at byte 10" + byHand},
		{message, "[\"hunter2\xff\"]", "argument 1 (*wrapperspb.StringValue) cannot be decoded: it holds invalid UTF-8 (send binary data as []byte)"},

		{of(t, func(ctx, []byte) error { return nil }), `["hunter2!"]`, "argument 1 ([]uint8) cannot be decoded: got a JSON string, which does not fit type []uint8" + same},
		{of(t, func(ctx, [2]int) error { return nil }), `[[1]]`, "argument 1 ([2]int) cannot be decoded: got a JSON array, which does not fit type [2]int" + same},
		{of(t, func(ctx, [2]int) error { return nil }), `[[1,2,3]]`, "argument 1 ([2]int) cannot be decoded: got a JSON array, which does not fit type [2]int" + same},
		{of(t, func(ctx, time.Time) error { return nil }), `["hunter2"]`, "argument 1 (time.Time) cannot be decoded: got a JSON string, which does not fit type time.Time" + same},
		{of(t, func(ctx, time.Duration) error { return nil }), `["1s"]`, "argument 1 (time.Duration) cannot be decoded: got a JSON string, which does not fit type time.Duration" + same},
		{of(t, func(ctx, map[int]int) error { return nil }), `[{"hunter2":1}]`, "argument 1 (map[int]int) cannot be decoded: got a JSON string, which does not fit type int" + same},
		{of(t, func(ctx, refusing) error { return nil }), `["hunter2"]`, "argument 1 (codec_test.refusing) cannot be decoded: the UnmarshalJSON of codec_test.refusing refuses a value (deploy caller and callee from the same code, or send a value that the type accepts)"},
		{of(t, func(ctx, any) error { return nil }), `[{"hunter2":1,"hunter2":1}]`, "argument 1 (interface {}) cannot be decoded: an object has a member twice (send each once)"},
	} {
		got, err := tt.sig.Decode([]byte(tt.data))
		if err == nil || err.Error() != tt.want {
			t.Errorf("Decode(%.60q) = %v, %v, want error %s", tt.data, got, err, tt.want)
		}
	}
}

func TestArgumentError(t *testing.T) {
	t.Parallel()
	_, err := of(t, func(ctx, string, int) error { return nil }).Decode([]byte(`["a","b"]`))
	arg, ok := errors.AsType[*codec.ArgumentError](err)
	if !ok || arg.Index != 2 || arg.Type.String() != "int" {
		t.Errorf("Decode = %#v, want an ArgumentError of argument 2, an int", err)
	}
}

// Many commas need no memory besides their text. Not parallel: it measures memory.
func TestSignature_Decode_memory(t *testing.T) {
	const size = 16 << 20
	commas := strings.Repeat(",", size)
	for _, tt := range []struct {
		what, data string
		fn         any
	}{
		{"outer", "[" + commas + "]", func(ctx, int) error { return nil }},
		{"variadic", "[[" + commas + "]]", func(ctx, ...int) error { return nil }},
	} {
		s, data := of(t, tt.fn), []byte(tt.data)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := s.Decode(data)
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; err == nil || got > 1<<20 {
			t.Errorf("%s: Decode of %d commas = %v with %d bytes allocated, want an error and at most 1 MiB", tt.what, size, err, got)
		}
	}
}

// TestDecode_plain: what the codec decodes itself is what the decoder accepts, and no more.
func TestDecode_plain(t *testing.T) {
	t.Parallel()
	for _, typ := range []reflect.Type{reflect.TypeFor[string](), reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[int64](), reflect.TypeFor[bool](), reflect.TypeFor[uint]()} {
		s, err := codec.Of(reflect.FuncOf([]reflect.Type{reflect.TypeFor[context.Context](), typ}, []reflect.Type{reflect.TypeFor[error]()}, false))
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{
			`0`, `-0`, `00`, `01`, `-1`, `- 1`, `-`, `--1`, `+1`, `1.`, `1.0`, `1e2`, `127`, `128`, `-128`, `-129`, `999999999999999999`, `9223372036854775807`, `9223372036854775808`, `-9223372036854775808`,
			` 1 `, "\t1", `1 2`, `null`, `true`, `false`, `tru`, `"1"`, `""`, `"`, `"a`, `a"`, `"a\"`, `"a\n"`, "\"a\nb\"", "\"\x00\"", "\"\xff\"", `"é"`, `"\u00e9"`, `"a" `, `"a" "b"`, "٣", `[]`, `{}`,
		} {
			want := reflect.New(typ)
			wantErr := json.Unmarshal([]byte(text), want.Interface())
			got, err := s.Decode([]byte("[" + text + "]"))
			if (err == nil) != (wantErr == nil) {
				t.Errorf("%v from %q: %v, want %v", typ, text, err, wantErr)
			} else if err == nil && got[0].Interface() != want.Elem().Interface() {
				t.Errorf("%v from %q: %v, want %v", typ, text, got[0], want.Elem())
			}
		}
	}
}
