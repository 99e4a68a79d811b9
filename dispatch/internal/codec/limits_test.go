package codec_test

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/codec"
)

// wide is large in memory, and two bytes in JSON.
type wide struct {
	A [100]int64
	B []wide
	P *wide
	M map[string]*wide
}

type small struct{ A int }

func signatureOf(t testing.TB, fn any) *codec.Signature {
	t.Helper()
	s, err := codec.Of(reflect.TypeOf(fn))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// list returns an array of arguments that has one argument, an array of n elements.
func list(elem string, n int) string { return "[[" + strings.Repeat(elem+",", n-1) + elem + "]]" }

// onlyArg returns the only argument in args.
func onlyArg(args string) string { return args[1 : len(args)-1] }

// Arguments that pass need at most a little more memory than the limit. The error for
// the others names the argument.
func TestCheck(t *testing.T) {
	const limit = 4 << 20
	l := codec.Limits{Memory: limit, Depth: 10_000}
	for name, c := range map[string]struct {
		fn   any
		args func(n int) string
	}{
		"wide structs":          {func(context.Context, []wide) error { return nil }, func(n int) string { return list("{}", n) }},
		"a variadic of them":    {func(context.Context, ...wide) error { return nil }, func(n int) string { return list("null", n) }},
		"pointers to them":      {func(context.Context, []*wide) error { return nil }, func(n int) string { return list("{}", n) }},
		"nested":                {func(context.Context, wide) error { return nil }, func(n int) string { return `[{"B":` + onlyArg(list("{}", n)) + "}]" }},
		"arrays in any":         {func(context.Context, any) error { return nil }, func(n int) string { return list("[]", n) }},
		"objects in any":        {func(context.Context, any) error { return nil }, func(n int) string { return list("{}", n) }},
		"maps in any":           {func(context.Context, any) error { return nil }, func(n int) string { return list(`{"":0}`, n) }},
		"numbers in any":        {func(context.Context, any) error { return nil }, func(n int) string { return list("0", n) }},
		"strings in any":        {func(context.Context, any) error { return nil }, func(n int) string { return list(`"x"`, n) }},
		"a map":                 {func(context.Context, map[string]int) error { return nil }, func(n int) string { return "[" + object(n) + "]" }},
		"a map of wide structs": {func(context.Context, map[string]wide) error { return nil }, func(n int) string { return "[" + strings.ReplaceAll(object(n), ":0", ":{}") + "]" }},
		"names nobody knows":    {func(context.Context, small) error { return nil }, func(n int) string { return "[" + object(n) + "]" }},
		"bytes":                 {func(context.Context, []byte) error { return nil }, func(n int) string { return `["` + strings.Repeat("AAAA", n) + `"]` }},
		"empty slices":          {func(context.Context, [][]int64) error { return nil }, func(n int) string { return list("[]", n) }},
		"floats":                {func(context.Context, []float64) error { return nil }, func(n int) string { return list("0", n) }},
		"a proto message":       {func(context.Context, *structpb.Struct) error { return nil }, func(n int) string { return "[" + object(n) + "]" }},
		"a field mask":          {func(context.Context, *fieldmaskpb.FieldMask) error { return nil }, func(n int) string { return `["` + strings.Repeat("ab,", n) + `ab"]` }},
		"a proto list":          {func(context.Context, *structpb.ListValue) error { return nil }, func(n int) string { return list("null", n) }},
	} {
		s := signatureOf(t, c.fn)
		passed, refused := 0, 0
		for n := 1; n < 1<<21; n *= 2 {
			args := []byte(c.args(n))
			if err := measure(s, args, codec.Limits{Memory: s.Bound(len(args)), Depth: 9_999}); err != nil {
				t.Errorf("%s: %d elements are over the bound: %v", name, n, err)
			}
			if err := measure(s, args, l); err != nil {
				if refused++; !strings.Contains(err.Error(), "argument 1 (") || !strings.Contains(err.Error(), fmt.Sprint(limit)) {
					t.Errorf("%s: Measure = %v, want the argument and the limit", name, err)
				}
				continue
			}
			passed = n
			if used := memory(t, s, args); used > limit*3/2 {
				t.Errorf("%s: %d elements need %d bytes of memory, and pass", name, n, used)
			}
		}
		if passed == 0 || refused == 0 {
			t.Errorf("%s: passed %d, refused %d; want some of both", name, passed, refused)
		}
	}
}

// object returns an object of n members with different names.
func object(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"%d":0`, i)
	}
	return "{" + b.String()[1:] + "}"
}

// memory returns how many bytes the decoded args occupy.
func memory(t *testing.T, s *codec.Signature, args []byte) uint64 {
	t.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	got, err := s.Decode(args)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	runtime.KeepAlive(got)
	if after.HeapAlloc < before.HeapAlloc {
		return 0
	}
	return after.HeapAlloc - before.HeapAlloc
}

// Ordinary calls pass the default limits, also if an estimate by their length alone
// would exceed them. The memory of the arguments of a call adds up.
func TestCheck_default(t *testing.T) {
	for name, c := range map[string]struct {
		fn   any
		args string
		want string
	}{
		"a million floats":              {func(context.Context, []float64) error { return nil }, list("0.123456789", 1_000_000), ""},
		"a text of 12 MB":               {func(context.Context, string) error { return nil }, `["` + strings.Repeat("x", 12<<20) + `"]`, ""},
		"100,000 rows in any":           {func(context.Context, any) error { return nil }, list(`{"id":1}`, 60_000), ""},
		"floats beside wide structs":    {func(context.Context, []float64, []wide) error { return nil }, "[" + onlyArg(list("0.123456789", 1_000_000)) + ",[{}]]", ""},
		"two that are too much at once": {func(context.Context, []wide, []wide) error { return nil }, "[" + onlyArg(list("{}", 12_000)) + "," + onlyArg(list("{}", 12_000)) + "]", "argument 2 ("},
		"no array":                      {func(context.Context, any) error { return nil }, strings.Repeat("{", 5_000_000), ""},
		"no end":                        {func(context.Context, any) error { return nil }, `["` + strings.Repeat("[", 5_000_000), ""},
	} {
		err := signatureOf(t, c.fn).Check([]byte(c.args))
		if (err == nil) != (c.want == "") || err != nil && !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: Check = %v, want %q", name, err, c.want)
		}
	}
}

func TestCheck_depth(t *testing.T) {
	s := signatureOf(t, func(context.Context, string, any) error { return nil })
	for depth, ok := range map[int]bool{3: true, 4: false, 5: false, 20_000: false} {
		args := `["x",` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + "]"
		err := measure(s, []byte(args), codec.Limits{Memory: 1 << 30, Depth: 3})
		if (err == nil) != ok || err != nil && err.Error() != "argument 2 (interface {}) is nested more than 3 deep (flatten it)" {
			t.Errorf("Measure of %d levels with a limit of 3 = %v", depth, err)
		}
	}
}

func TestMeasureOf(t *testing.T) {
	for data, want := range map[string]codec.Measure{
		"":                    {},
		"1":                   {},
		`"[{,:"`:              {},
		`"\"[{,:"`:            {},
		"[]":                  {Elements: 1, Depth: 1},
		"[1,2,3]":             {Elements: 3, Depth: 1},
		`{"a":1,"b":[1,2]}`:   {Elements: 2, Objects: 1, Members: 2, Depth: 2},
		`[{"a":{}},{}]`:       {Elements: 2, Objects: 3, Members: 1, Depth: 3},
		`[1,2]]`:              {Elements: 2, Depth: 1},
		`["`:                  {Elements: 1, Depth: 1},
		`[{},{}` + ":::":      {Elements: 2, Objects: 2, Members: 3, Depth: 2},
		`[1,{"a":[2,3],"b":4`: {Elements: 4, Objects: 1, Members: 2, Depth: 3},
	} {
		if got := codec.MeasureOf([]byte(data)); got != want {
			t.Errorf("MeasureOf(%s) = %+v, want %+v", data, got, want)
		}
	}
}

// measure calls Measure without the estimate by length.
func measure(s *codec.Signature, args []byte, l codec.Limits) error {
	_, err := s.Measure(args, l, l.Memory)
	return err
}
