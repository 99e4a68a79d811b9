package codec_test

import (
	"context"
	"encoding/json"
	"io"
	"math/big"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cloud-functions-dispatch/go/dispatch/codec"
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
		{func(context.Context, tree, *tree, empty, skipped, embeds, marked, omits) error { return nil }, ""},
		{func(context.Context, time.Time, *big.Int, big.Float, *url.URL, json.RawMessage) error { return nil }, ""},
		{func(context.Context, *structpb.Struct, ...*structpb.Value) error { return nil }, ""},
		// It may be nil or empty, and only then travels.
		{func(context.Context, []chan int, *chan int, map[string]func(), [0]chan int) error { return nil }, ""},

		{nil, "type <nil> is not a function" + want},
		{1, "type int is not a function" + want},
		{func() error { return nil }, "the first parameter of func() error is not a context.Context" + want},
		{func(int, context.Context) error { return nil }, "the first parameter of func(int, context.Context) error is not a context.Context" + want},
		{func(...context.Context) error { return nil }, "the first parameter of func(...context.Context) error is not a context.Context" + want},
		{func(struct{ context.Context }) error { return nil }, "the first parameter of func(struct { context.Context }) error is not a context.Context" + want},
		{func(context.Context) {}, "the result of func(context.Context) is not one error" + want},
		{func(context.Context) (int, error) { return 0, nil }, "the result of func(context.Context) (int, error) is not one error" + want},
		{func(context.Context) any { return nil }, "the result of func(context.Context) interface {} is not one error" + want},
		{func(context.Context) *url.Error { return nil }, "the result of func(context.Context) *url.Error is not one error" + want},

		{func(context.Context, int, chan int) error { return nil }, "parameter 2 has type chan int: chan int cannot be encoded (it has a meaning in this process only: send the data it stands for)"},
		{func(context.Context, ...func()) error { return nil }, "parameter 1 has type func(): func() cannot be encoded (it has a meaning in this process only: send the data it stands for)"},
		{func(context.Context, unsafe.Pointer) error { return nil }, "parameter 1 has type unsafe.Pointer: unsafe.Pointer cannot be encoded (it has a meaning in this process only: send the data it stands for)"},
		{func(context.Context, complex64) error { return nil }, "parameter 1 has type complex64: complex64 cannot be encoded (JSON has no form for it: send its parts)"},
		{func(context.Context, deepChan) error { return nil }, "parameter 1 has type codec_test.deepChan: codec_test.deepChan.In.List[0].C cannot be encoded (it has a meaning in this process only: send the data it stands for)"},
		{func(context.Context, hidden) error { return nil }, "parameter 1 has type codec_test.hidden: codec_test.hidden has no exported field, so nothing of it would travel (export what the callee needs, or give it MarshalJSON and UnmarshalJSON)"},
		{func(context.Context, io.Reader) error { return nil }, "parameter 1 has type io.Reader: an interface with methods cannot be decoded, since nothing tells its dynamic type (take a concrete type)"},
		{func(context.Context, proto.Message) error { return nil }, "parameter 1 has type protoreflect.ProtoMessage: an interface with methods cannot be decoded, since nothing tells its dynamic type (take a concrete type)"},
		{func(context.Context, error) error { return nil }, "parameter 1 has type error: an interface with methods cannot be decoded, since nothing tells its dynamic type (take a concrete type)"},
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

// What Of refuses, the encoder refuses for the zero value too: the verdict is
// never stricter than what would happen. It may be laxer, as for a type that
// embeds one without exported fields; then the encoder refuses each value.
func TestOf_isNotStricterThanTheEncoder(t *testing.T) {
	t.Parallel()
	for _, typ := range []reflect.Type{
		reflect.TypeFor[hidden](), reflect.TypeFor[skipped](), reflect.TypeFor[empty](), reflect.TypeFor[embeds](),
		reflect.TypeFor[omits](), reflect.TypeFor[marked](), reflect.TypeFor[deepChan](), reflect.TypeFor[tree](),
		reflect.TypeFor[chan int](), reflect.TypeFor[func()](), reflect.TypeFor[complex128](), reflect.TypeFor[[]chan int](),
		reflect.TypeFor[[0]chan int](), reflect.TypeFor[[1]chan int](), reflect.TypeFor[*hidden](), reflect.TypeFor[sync.Mutex](),
		reflect.TypeFor[time.Time](), reflect.TypeFor[big.Int](), reflect.TypeFor[url.URL](), reflect.TypeFor[map[hidden]int](),
		reflect.TypeFor[any](), reflect.TypeFor[struct{ A, b any }](), reflect.TypeFor[struct{ *hidden }](), reflect.TypeFor[reflect.Value](),
	} {
		_, ofErr := codec.Of(reflect.FuncOf([]reflect.Type{reflect.TypeFor[context.Context](), typ}, []reflect.Type{reflect.TypeFor[error]()}, false))
		free := of(t, func(ctx, any) error { return nil })
		_, err := free.Encode(nil, []reflect.Value{reflect.New(typ)})
		if ofErr != nil && err == nil {
			t.Errorf("%v: Of = %v, but its zero value is encoded without an error", typ, ofErr)
		}
		if strings.Contains(text(ofErr), "\n") {
			t.Errorf("%v: Of = %q, want one line", typ, ofErr)
		}
	}
}
