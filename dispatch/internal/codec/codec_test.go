package codec_test

import (
	"bytes"
	"context"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	jsonv1 "github.com/go-json-experiment/json/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/sourcecontextpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/codec"
	_ "github.com/cloud-functions-dispatch/go/dispatch/protobuf"
)

// ctx shortens the function types of the tables.
type ctx = context.Context

type inner struct{ A, B int }

type Base struct{ ID string }

type outer struct {
	Base
	In    inner             `json:"in"`
	Ptr   *inner            `json:"ptr,omitempty"`
	List  []inner           `json:"list"`
	Map   map[string]*inner `json:"map"`
	Took  time.Duration     `json:"took"`
	Any   any               `json:"any"`
	Skip  string            `json:"-"`
	Text  netip.Addr        `json:"text"`
	Bytes []byte            `json:"bytes"`
	//lint:ignore U1000 an unexported field is not encoded
	quiet int
}

type key struct{ a, b byte }

func (k key) MarshalText() ([]byte, error) { return []byte{k.a, '/', k.b}, nil }
func (k *key) UnmarshalText(b []byte) error {
	k.a, k.b = b[0], b[2]
	return nil
}

// byPointer has its marshaler on the pointer.
type byPointer struct{ n int }

func (p *byPointer) MarshalJSON() ([]byte, error) {
	return []byte(`"` + string(rune('a'+p.n)) + `"`), nil
}
func (p *byPointer) UnmarshalJSON(b []byte) error { p.n = int(b[1] - 'a'); return nil }

type named int

func of(t testing.TB, fn any) *codec.Signature {
	t.Helper()
	s, err := codec.Of(reflect.TypeOf(fn))
	if err != nil {
		t.Fatalf("Of(%T) = %v, want nil", fn, err)
	}
	return s
}

// values returns args as reflect.MakeFunc passes them to a function of fn's type.
func values(fn any, args []any) []reflect.Value {
	var vs []reflect.Value
	for i, a := range args {
		v := reflect.New(reflect.TypeOf(fn).In(i + 1)).Elem()
		if a != nil {
			v.Set(reflect.ValueOf(a))
		}
		vs = append(vs, v)
	}
	return vs
}

var when = time.Date(2024, 2, 29, 23, 59, 59, 987654321, time.UTC)

// roundTrips are arguments that encoding and decoding do not change.
var roundTrips = []struct {
	what string
	fn   any
	args []any
	want string // the JSON
}{
	{"none", func(ctx) error { return nil }, nil, `[]`},
	{"integers", func(ctx, int, int8, int64, uint8, uint64) error { return nil },
		[]any{-1, int8(-128), int64(math.MinInt64), uint8(255), uint64(math.MaxUint64)}, `[-1,-128,-9223372036854775808,255,18446744073709551615]`},
	{"floats", func(ctx, float64, float64, float32) error { return nil },
		[]any{math.MaxFloat64, math.SmallestNonzeroFloat64, float32(0.1)}, `[1.7976931348623157e+308,5e-324,0.1]`},
	{"more than a float holds", func(ctx, int64) error { return nil }, []any{int64(1<<53 + 1)}, `[9007199254740993]`},
	{"strings", func(ctx, string, string, string) error { return nil }, []any{"", "<a>&\u2028é😀", "\x00\t\"\\"}, `["","<a>&` + "\u2028" + `é😀","\u0000\t\"\\"]`},
	{"bool and named", func(ctx, bool, named) error { return nil }, []any{true, named(7)}, `[true,7]`},
	{"time", func(ctx, time.Time) error { return nil }, []any{when}, `["2024-02-29T23:59:59.987654321Z"]`},
	{"durations are nanoseconds", func(ctx, time.Duration, time.Duration) error { return nil },
		[]any{90 * time.Second, time.Duration(math.MinInt64)}, `[90000000000,-9223372036854775808]`},
	{"bytes are base64", func(ctx, []byte, [3]byte) error { return nil }, []any{[]byte{0, 255, 128}, [3]byte{1, 2, 3}}, `["AP+A","AQID"]`},
	{"nil is null", func(ctx, []int, map[string]int, *int, any, []byte) error { return nil },
		[]any{[]int(nil), map[string]int(nil), (*int)(nil), nil, []byte(nil)}, `[null,null,null,null,null]`},
	{"empty is not nil", func(ctx, []int, map[string]int, []byte) error { return nil }, []any{[]int{}, map[string]int{}, []byte{}}, `[[],{},""]`},
	{"any", func(ctx, any, []any) error { return nil }, []any{map[string]any{"b": 1.5, "a": []any{nil, true}}, []any{"x"}}, `[{"a":[null,true],"b":1.5},["x"]]`},
	{"map keys", func(ctx, map[int]string, map[key]bool) error { return nil }, []any{map[int]string{10: "x", 9: "y"}, map[key]bool{{'p', 'q'}: true}}, `[{"10":"x","9":"y"},{"p/q":true}]`},
	{"big.Int", func(ctx, *big.Int, big.Int) error { return nil },
		[]any{new(big.Int).Lsh(big.NewInt(1), 100), *big.NewInt(-5)}, `[1267650600228229401496703205376,-5]`},
	{"marshaler on the pointer", func(ctx, byPointer, []byPointer, ...byPointer) error { return nil },
		[]any{byPointer{1}, []byPointer{{2}}, []byPointer{{3}}}, `["b",["c"],["d"]]`},
	{"structs", func(ctx, outer, *outer) error { return nil }, []any{
		outer{Base: Base{"b"}, List: []inner{{1, 2}}, Map: map[string]*inner{"k": {3, 4}, "n": nil}, Took: 5, Text: netip.MustParseAddr("::1"), Bytes: []byte("x")},
		&outer{Ptr: &inner{6, 7}, Any: "s"}},
		`[{"ID":"b","in":{"A":0,"B":0},"list":[{"A":1,"B":2}],"map":{"k":{"A":3,"B":4},"n":null},"took":5,"any":null,"text":"::1","bytes":"eA=="},` +
			`{"ID":"","in":{"A":0,"B":0},"ptr":{"A":6,"B":7},"list":null,"map":null,"took":0,"any":"s","text":"","bytes":null}]`},
	{"variadic", func(ctx, string, ...inner) error { return nil }, []any{"a", []inner{{1, 2}, {3, 4}}}, `["a",[{"A":1,"B":2},{"A":3,"B":4}]]`},
	{"variadic without elements", func(ctx, ...int) error { return nil }, []any{[]int{}}, `[[]]`},
	{"variadic bytes are numbers", func(ctx, ...byte) error { return nil }, []any{[]byte{0, 255}}, `[[0,255]]`},
	{"variadic durations, pointers, any", func(ctx, ...any) error { return nil }, []any{[]any{nil, 1.5, []any{}}}, `[[null,1.5,[]]]`},
	{"variadic of slices", func(ctx, ...[]byte) error { return nil }, []any{[][]byte{{1}, nil}}, `[["AQ==",null]]`},
	{"variadic of pointers", func(ctx, ...*int) error { return nil }, []any{[]*int{nil, new(int)}}, `[[null,0]]`},
	{"message with null as a value", func(ctx, *structpb.Value, ...*structpb.Value) error { return nil },
		[]any{structpb.NewNullValue(), []*structpb.Value{structpb.NewNullValue(), structpb.NewBoolValue(true)}}, `[null,[null,true]]`},
	{"messages", func(ctx, *wrapperspb.Int64Value, *wrapperspb.StringValue, ...*durationpb.Duration) error { return nil },
		[]any{wrapperspb.Int64(math.MaxInt64), (*wrapperspb.StringValue)(nil), []*durationpb.Duration{{Seconds: 1, Nanos: 5e8}, nil}},
		`["9223372036854775807",null,["1.500s",null]]`},
}

func TestSignature_roundTrip(t *testing.T) {
	t.Parallel()
	for _, tt := range roundTrips {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			s := of(t, tt.fn)
			buf := bytes.NewBufferString("before")
			err := s.EncodeTo(buf, values(tt.fn, tt.args))
			data := buf.Bytes()
			if err != nil || string(data) != "before"+tt.want {
				t.Fatalf("EncodeTo = %s, %v, want it to append %s", data, err, tt.want)
			}
			got, err := s.Decode(data[len("before"):])
			if err != nil || len(got) != len(tt.args) {
				t.Fatalf("Decode = %d values, %v, want %d", len(got), err, len(tt.args))
			}
			for i, want := range tt.args {
				if g := got[i].Interface(); got[i].Type() != reflect.TypeOf(tt.fn).In(i+1) || !equal(g, want) {
					t.Errorf("argument %d came back as %T %+v, want %T %+v", i+1, g, g, want, want)
				}
			}
			again, err := s.Encode(got)
			if err != nil || !bytes.Equal(again, []byte(tt.want)) {
				t.Errorf("encoded again it is %s, %v, want %s", again, err, tt.want)
			}
		})
	}
}

// TestEncode_plain: what the codec encodes itself has the bytes of the encoder.
func TestEncode_plain(t *testing.T) {
	t.Parallel()
	type text string
	for _, v := range []any{
		"", "a", " ~", "<&>", "\x1f", "\x7f", `"`, `\`, "é", "\u2028", "a\nb", strings.Repeat("x", 5000), text("a"), text("\""),
		0, -1, math.MaxInt, math.MinInt, int8(math.MinInt8), int64(math.MinInt64), uint(math.MaxUint), uint8(255), uint64(math.MaxUint64), uintptr(7),
		true, false, time.Second, 1.5, float32(0.1), []byte("a"), 'x',
	} {
		want, err := json.Marshal(v, jsonv1.FormatDurationAsNano(true))
		if err != nil {
			t.Fatal(err)
		}
		s, err := codec.Of(reflect.FuncOf([]reflect.Type{reflect.TypeFor[context.Context](), reflect.TypeOf(v)}, []reflect.Type{reflect.TypeFor[error]()}, false))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Encode([]reflect.Value{reflect.ValueOf(v)}); err != nil || string(got) != "["+string(want)+"]" {
			t.Errorf("Encode(%T %v) = %s, %v; want [%s]", v, v, got, err, want)
		}
	}
}

// equal is reflect.DeepEqual, except for messages, which have internal state.
func equal(a, b any) bool {
	m, ok := a.(proto.Message)
	if ok {
		n, ok := b.(proto.Message)
		return ok && reflect.ValueOf(m).IsNil() == reflect.ValueOf(n).IsNil() && proto.Equal(m, n)
	}
	v, w := reflect.ValueOf(a), reflect.ValueOf(b)
	if v.IsValid() && v.Kind() == reflect.Slice && v.Type().Elem().Implements(reflect.TypeFor[proto.Message]()) {
		for i := range max(v.Len(), w.Len()) {
			if v.Len() != w.Len() || !equal(v.Index(i).Interface(), w.Index(i).Interface()) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a, b)
}

// A nil message is encoded as null, except for *structpb.Value, for which null is a
// value.
func TestSignature_Encode_nilValue(t *testing.T) {
	t.Parallel()
	const want = "argument 1 (*structpb.Value) cannot be encoded: a *structpb.Value is nil, but would arrive as the value null (use structpb.NewNullValue)"
	data, err := of(t, func(ctx, *structpb.Value) error { return nil }).Encode([]reflect.Value{reflect.ValueOf((*structpb.Value)(nil))})
	if err == nil || err.Error() != want {
		t.Errorf("Encode = %s, %v, want error %s", data, err, want)
	}
}

// A message that contains itself is refused, in a list, a map or a field.
func TestSignature_Encode_cycle(t *testing.T) {
	t.Parallel()
	s := of(t, func(ctx, *structpb.Value) error { return nil })
	const want = "argument 1 (*structpb.Value) cannot be encoded: it is nested more than 10000 deep, or has a cycle (flatten it)"
	list, fields := new(structpb.ListValue), &structpb.Struct{Fields: make(map[string]*structpb.Value)}
	list.Values = []*structpb.Value{structpb.NewListValue(list)}
	fields.Fields["a"] = structpb.NewStructValue(fields)
	for _, v := range []*structpb.Value{structpb.NewListValue(list), structpb.NewStructValue(fields)} {
		if _, err := s.Encode([]reflect.Value{reflect.ValueOf(v)}); err == nil || err.Error() != want {
			t.Errorf("Encode = %v, want error %s", err, want)
		}
	}
}

// A struct may grow: unknown members are ignored, and missing fields are zero.
func TestSignature_structsMayGrow(t *testing.T) {
	t.Parallel()
	s := of(t, func(ctx, inner, *wrapperspb.StringValue) error { return nil })
	got, err := s.Decode([]byte(" [ {\"B\" : 2,\t\"New\":{\"x\":[]}} ,\r\n null ] "))
	if err != nil || got[0].Interface() != (inner{B: 2}) || !got[1].IsNil() {
		t.Errorf("Decode = %v, %v, want {0 2} and nil", got, err)
	}
	m := of(t, func(ctx, *sourcecontextpb.SourceContext) error { return nil })
	got, err = m.Decode([]byte(`[{"fileName":"a.go","new":{"x":[]}}]`))
	if err != nil || got[0].Interface().(*sourcecontextpb.SourceContext).GetFileName() != "a.go" {
		t.Errorf("Decode of a message that has grown = %v, %v, want the message of a.go", got, err)
	}
	a := of(t, func(ctx, *durationpb.Duration, any, string) error { return nil })
	if _, err := a.Decode([]byte(`["1s",[1,[2,{"]":"["}]],"]\"["]`)); err != nil {
		t.Errorf("Decode of brackets in strings = %v, want nil", err)
	}
}

type bomb struct{ text string }

func (b bomb) MarshalJSON() ([]byte, error)  { panic(b.text) }
func (b *bomb) UnmarshalJSON(d []byte) error { return nil }

// If a method of an argument panics, the error does not hold the panic's value.
func TestSignature_Encode_panic(t *testing.T) {
	t.Parallel()
	s, err := codec.Of(reflect.TypeFor[func(context.Context, []bomb) error]())
	if err != nil {
		t.Fatal(err)
	}
	const want = "argument 1 ([]codec_test.bomb) cannot be encoded: one of its methods panics with a string (return an error instead)"
	if _, err := s.Encode([]reflect.Value{reflect.ValueOf([]bomb{{"s3cret"}})}); err == nil || err.Error() != want {
		t.Errorf("Encode = %v, want %q", err, want)
	}
}
