package codec_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

var update = flag.Bool("update", false, "renew the golden files")

// cased has fields whose names differ only in case, which encoding/json before v2
// confuses.
type cased struct {
	Name string `json:"name"`
	NAME string
	Zero struct{} `json:",omitzero"`
}

// omitting has fields that v1 and v2 omit by different rules.
type omitting struct {
	Zero   int            `json:"zero,omitempty"` // v2 omits a value that is empty in JSON, not a zero
	False  bool           `json:"false,omitempty"`
	Empty  string         `json:"empty,omitempty"`
	Nil    *int           `json:"nil,omitempty"`
	Map    map[string]int `json:"map,omitempty"`
	Struct struct{}       `json:"struct,omitempty"`
	Array  [2]int         `json:"array,omitempty"`
	Time   time.Time      `json:"time,omitzero"`
}

// quoted has the option string, which v2 applies to numbers only.
type quoted struct {
	Int  int64   `json:"int,string"`
	Bool bool    `json:"bool,string"`
	Text *string `json:"text,string"`
}

// foreignTags has tags of other libraries, which have no effect.
type foreignTags struct {
	Base  Base           `json:",inline"`
	Extra map[string]any `json:"extra,unknown"`
}

// goldens are arguments for which v1 and v2 of json write different bytes, or for which
// another toolchain might.
var goldens = []struct {
	name string
	fn   any
	args []any
}{
	{"bytes", func(ctx, []byte, [4]byte, ...byte) error { return nil }, []any{[]byte("hello"), [4]byte{1, 2, 3, 4}, []byte{5, 6}}},
	{"case", func(ctx, cased) error { return nil }, []any{cased{Name: "a", NAME: "b"}}},
	{"durations", func(ctx, time.Duration, []time.Duration, map[time.Duration]time.Duration) error { return nil },
		[]any{time.Hour, []time.Duration{-1, 0}, map[time.Duration]time.Duration{2: 3}}},
	{"escapes", func(ctx, string) error { return nil }, []any{"<script>&'\u2028\u2029\u007f\x1f\"\\/é😀"}},
	{"floats", func(ctx, ...float64) error { return nil }, []any{[]float64{0, math.Copysign(0, -1), 1, 1e20, 1e21, 1e-6, 1e-7, 0.1, math.Pi, math.MaxFloat64}}},
	{"maps", func(ctx, map[string]int, map[int]bool, map[any]any) error { return nil },
		[]any{map[string]int{"b": 1, "a": 2, "é": 3, "": 4, "A": 5}, map[int]bool{10: true, 9: false, -1: true}, map[any]any{"x": nil, 1: 2}}},
	{"messages", func(ctx, *timestamppb.Timestamp, *structpb.Struct) error { return nil },
		[]any{timestamppb.New(when), &structpb.Struct{Fields: map[string]*structpb.Value{"b": structpb.NewNumberValue(1), "a": structpb.NewNullValue()}}}},
	{"nested", func(ctx, map[string]*timestamppb.Timestamp, []struct{ V *structpb.Value }) error { return nil },
		[]any{map[string]*timestamppb.Timestamp{"a": timestamppb.New(when), "b": nil}, []struct{ V *structpb.Value }{{structpb.NewBoolValue(true)}, {}}}},
	{"nils", func(ctx, []string, map[string]int, *int, any, []byte, ...*int) error { return nil },
		[]any{[]string(nil), map[string]int(nil), (*int)(nil), nil, []byte(nil), []*int(nil)}},
	{"omitting", func(ctx, omitting) error { return nil }, []any{omitting{Map: map[string]int{}}}},
	{"pointers", func(ctx, byPointer, []byPointer, map[string]byPointer) error { return nil },
		[]any{byPointer{0}, []byPointer{{1}}, map[string]byPointer{"k": {2}}}},
	{"precise", func(ctx, *big.Float, big.Rat, time.Time) error { return nil },
		[]any{big.NewFloat(0.1), *big.NewRat(1, 3), time.Date(1850, 1, 1, 0, 0, 0, 0, zurich)}},
	{"quoted", func(ctx, quoted) error { return nil }, []any{quoted{1, true, new("a")}}},
	{"raw", func(ctx, json.RawMessage, struct{ R json.RawMessage }, []json.RawMessage) error { return nil },
		[]any{json.RawMessage(" {\"a\": \"\\u003c\"}\n"), struct{ R json.RawMessage }{json.RawMessage("[ 1 ]")}, []json.RawMessage{nil}}},
	{"stranger", func(ctx, foreignTags) error { return nil }, []any{foreignTags{Base{"b"}, map[string]any{"k": 1.0}}}},
	{"times", func(ctx, time.Time, time.Month, time.Weekday, ...time.Time) error { return nil },
		[]any{when, time.March, time.Friday, []time.Time{{}, when.In(time.FixedZone("x", -5*3600-1800)).Truncate(time.Second)}}},
}

func TestSignature_Encode_golden(t *testing.T) {
	t.Parallel()
	for _, tt := range goldens {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join("testdata", tt.name+".golden.json")
			s := of(t, tt.fn)
			got, err := s.Encode(values(tt.fn, tt.args))
			if err != nil {
				t.Fatalf("Encode = %v, want nil", err)
			}
			if *update {
				if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if want = bytes.TrimSuffix(want, []byte("\n")); !bytes.Equal(got, want) {
				t.Errorf("got bytes %s, want %s", got, want)
			}
			if _, err := s.Decode(want); err != nil {
				t.Errorf("Decode of the golden bytes = %v, want nil", err)
			}
		})
	}
}
