package codec_test

import (
	"context"
	"encoding/json"
	"io"
	"math/big"
	"net/url"
	"reflect"
	"strconv"
	"testing"
	"time"
	"unsafe"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/codec"
)

type (
	//lint:ignore U1000 unexported fields are the point
	hidden  struct{ a, b int }
	skipped struct {
		A int `json:"-"`
	}
	empty struct{}
	//lint:ignore U1000 the same, one level down
	embeds struct{ hidden }
	omits  struct {
		A int
		C chan int `json:",omitzero"`
	}
	marked struct {
		A int
		C chan int `json:"-"`
	}
	deepChan struct {
		In struct{ List [2]struct{ C chan int } }
	}
	tree struct {
		Left, Right *tree
		Leaves      []tree
	}
)

type (
	self  *self
	other *again
	again *other
)

func TestOf(t *testing.T) {
	t.Parallel()
	const want = " (want func(context.Context, …) error)"
	for _, tt := range []struct {
		fn   any
		want string // the error; empty for none
	}{
		{func(context.Context) error { return nil }, ""},
		{func(context.Context, ...string) error { return nil }, ""},
		{func(context.Context, any, []any, map[string]any) error { return nil }, ""},
		{func(context.Context, tree, *tree, empty, skipped, marked, omits) error { return nil }, ""},
		{func(context.Context, time.Time, *big.Int, big.Float, *url.URL, json.RawMessage) error { return nil }, ""},
		{func(context.Context, *structpb.Struct, ...*structpb.Value) error { return nil }, ""},
		// Nil and empty values of these types can be encoded.
		{func(context.Context, []chan int, *chan int, map[string]func(), [0]chan int) error { return nil }, ""},

		{nil, "type <nil> is not a function" + want},
		{1, "type int is not a function" + want},
		{func() error { return nil }, "the first parameter of func() error is not a context.Context" + want},
		{func(int, context.Context) error { return nil }, "the first parameter of func(int, context.Context) error is not a context.Context" + want},
		{func(string, context.Context, chan int) int { return 0 }, "the first parameter of func(string, context.Context, chan int) int is not a context.Context" + want + "; the result of func(string, context.Context, chan int) int is not one error (return only an error: store the result, pass it on in another call, or drop it); argument 2 has type chan int, which cannot be encoded (it is valid in this process only: send the data that it represents, or make it in the callee, in dispatch.OnStart, and keep it in a package variable: docs/services.md)"},
		{func(...context.Context) error { return nil }, "the first parameter of func(...context.Context) error is not a context.Context" + want + "; argument 1 has type context.Context, an interface with methods: it cannot be decoded, since its dynamic type is not sent (leave it out: the function gets a context of its own)"},
		{func(struct{ context.Context }) error { return nil }, "the first parameter of func(struct { context.Context }) error is not a context.Context" + want + "; argument 1: Context embeds context.Context, which is not a struct: encoding/json/v2 rejects it (give the field a name, in Go or in a json tag)"},
		{func(context.Context) {}, "the result of func(context.Context) is not one error (return an error: nil if the call is done, any other to have it retried)"},
		{func(context.Context) (int, error) { return 0, nil }, "the result of func(context.Context) (int, error) is not one error (return only the error: store the rest, pass it on in another call, or drop it)"},
		{func(context.Context) any { return nil }, "the result of func(context.Context) interface {} is not one error (return only an error: store the result, pass it on in another call, or drop it)"},
		{func(context.Context) *url.Error { return nil }, "the result of func(context.Context) *url.Error is not one error (return the type error, which can be nil)"},

		{func(context.Context, int, chan int) error { return nil }, "argument 2 has type chan int, which cannot be encoded (it is valid in this process only: send the data that it represents, or make it in the callee, in dispatch.OnStart, and keep it in a package variable: docs/services.md)"},
		{func(context.Context, ...func()) error { return nil }, "argument 1 has type func(), which cannot be encoded (it is valid in this process only: send the data that it represents, or make it in the callee, in dispatch.OnStart, and keep it in a package variable: docs/services.md)"},
		{func(context.Context, unsafe.Pointer) error { return nil }, "argument 1 has type unsafe.Pointer, which cannot be encoded (it is valid in this process only: send the data that it represents, or make it in the callee, in dispatch.OnStart, and keep it in a package variable: docs/services.md)"},
		{func(context.Context, complex64) error { return nil }, "argument 1 has type complex64, which cannot be encoded (JSON cannot represent it: send its parts)"},
		{func(context.Context, deepChan) error { return nil }, "argument 1: deepChan.In.List[].C has type chan int, which cannot be encoded (it is valid in this process only: send the data that it represents, or make it in the callee, in dispatch.OnStart, and keep it in a package variable: docs/services.md)"},
		{func(context.Context, hidden) error { return nil }, "argument 1 has type codec_test.hidden, which has no exported field: nothing of it would be encoded (export the fields to send, or add MarshalJSON and UnmarshalJSON)"},
		{func(context.Context, ...*embeds) error { return nil }, ""},
		{func(context.Context, **self) error { return nil }, "argument 1 has type **codec_test.self, a pointer that leads only to pointers (use a pointer to a value)"},
		{func(context.Context, *struct{ A []other }) error { return nil }, "argument 1: A[] has type codec_test.other, a pointer that leads only to pointers (use a pointer to a value)"},
		{func(context.Context, embeds) error { return nil }, "argument 1: embeds.hidden has type codec_test.hidden, which has no exported field: nothing of it would be encoded (export the fields to send, or add MarshalJSON and UnmarshalJSON)"},
		{func(context.Context, io.Reader) error { return nil }, "argument 1 has type io.Reader, an interface with methods: it cannot be decoded, since its dynamic type is not sent (send its bytes, or the name of a file or object that the callee can read)"},
		{func(context.Context, proto.Message) error { return nil }, "argument 1 has type protoreflect.ProtoMessage, an interface with methods: it cannot be decoded, since its dynamic type is not sent (use a generated message)"},
		{func(context.Context, error) error { return nil }, "argument 1 has type error, an interface with methods: it cannot be decoded, since its dynamic type is not sent (send its text, or use a concrete type)"},
	} {
		_, err := codec.Of(reflect.TypeOf(tt.fn))
		if got := text(err); got != tt.want {
			t.Errorf("Of(%T) = %q, want %q", tt.fn, got, tt.want)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// FuzzTag: Of refuses the json tags of a struct if and only if the encoder does.
func FuzzTag(f *testing.F) {
	for _, tag := range []string{
		"", "-", "-,", ",", "a", "a,", "a,omitzero", "a,omitzero,omitempty", "a,,b", "'a'", "a'b", "a b", "a, omitzero", "é/ü", "a\xff", "a;b", "a\\b", "`",
		",string", ",embed", "B", "B,embed", "a,string,string", "a,case:ignore", "a,case:strict", "a,case:", "a,case", "a,case:ignore,case:strict", "a,case:'ignore'",
		"a,format:x", "a,format:'x,y'", "a,format", "a,omitEmpty", "a,omit_zero", "a,Case", "a,_", "a,é1", "a,1", "a,inline,unknown", "a,'string'", "a:b,string:c",
	} {
		f.Add(tag, "")
		f.Add("", tag)
	}
	free := of(f, func(context.Context, any) error { return nil })
	f.Fuzz(func(t *testing.T, a, b string) {
		field := func(name string, typ reflect.Type, tag string) reflect.StructField {
			f := reflect.StructField{Name: name, Type: typ}
			if tag != "" {
				f.Tag = reflect.StructTag("json:" + strconv.Quote(tag))
			}
			return f
		}
		typ := reflect.StructOf([]reflect.StructField{field("A", reflect.TypeFor[int](), a), field("B", reflect.TypeFor[map[string]int](), b)})
		_, refused := codec.Of(reflect.FuncOf([]reflect.Type{reflect.TypeFor[context.Context](), typ}, []reflect.Type{reflect.TypeFor[error]()}, false))
		_, err := free.Encode([]reflect.Value{reflect.New(typ)})
		if (refused != nil) != (err != nil) {
			t.Errorf("tags %q and %q: Of = %v, Encode = %v; want both or none", a, b, refused, err)
		}
	})
}
