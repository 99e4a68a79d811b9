package dispatch_test

import (
	"context"
	crand "crypto/rand"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/cloud-functions-dispatch/go/dispatch"
	_ "github.com/cloud-functions-dispatch/go/dispatch/protobuf"
)

// secret is a text that no error may hold.
const secret = "hunter2"

// A guarded value has a marshaler whose errors and output hold the secret.
type guarded struct{ Fail bool }

var errGuarded = errors.New("cannot write " + secret)

func (g guarded) MarshalJSON() ([]byte, error) {
	if g.Fail {
		return nil, errGuarded
	}
	return []byte(`{"` + secret), nil
}

func (*guarded) UnmarshalJSON([]byte) error { return nil }

// A guardedText writes text that JSON cannot hold.
type guardedText struct{ A int }

func (guardedText) MarshalText() ([]byte, error) { return []byte(secret + "\xff"), nil }
func (*guardedText) UnmarshalText([]byte) error  { return nil }

type ring struct {
	Secret string
	Next   *ring
}

// tagged has a tag that encoding/json/v2 refuses.
type tagged struct {
	At time.Time `json:"at,format:RFC3339"`
}

var (
	takesAny     = dispatch.Register(takeAny)
	takesFloat   = dispatch.Register(takeFloat)
	takesString  = dispatch.Register(takeString)
	takesMap     = dispatch.Register(takeMap)
	takesRing    = dispatch.Register(takeRing)
	takesGuarded = dispatch.Register(takeGuarded)
	takesText    = dispatch.Register(takeText)
	takesMessage = dispatch.Register(takeMessage)
	takesTimes   = dispatch.Register(takeTimes)
	takesBytes   = dispatch.Register(takeBytes)
)

func takeAny(context.Context, any) error                         { return nil }
func takeFloat(context.Context, int, ...float64) error           { return nil }
func takeString(context.Context, string) error                   { return nil }
func takeMap(context.Context, map[string]float32) error          { return nil }
func takeRing(context.Context, *ring) error                      { return nil }
func takeGuarded(context.Context, guarded) error                 { return nil }
func takeText(context.Context, map[string]guardedText) error     { return nil }
func takeMessage(context.Context, *wrapperspb.StringValue) error { return nil }
func takeTimes(context.Context, *timestamppb.Timestamp) error    { return nil }
func takeBytes(context.Context, []byte) error                    { return nil }

// A call whose arguments cannot be encoded publishes nothing. Its error names function,
// argument and type, and holds no value.
func TestCall_unencodable(t *testing.T) {
	t.Parallel()
	q := new(faulty)
	ctx := dispatch.WithClient(t.Context(), dispatch.New(q))
	loop := &ring{Secret: secret}
	loop.Next = loop
	var deep any = secret
	for range 10_001 {
		deep = []any{deep}
	}
	for _, tt := range []struct {
		what, fn, arg string
		err           error
		want          string
	}{
		{"NaN", takesFloat.Name(), "argument 2 (float64)", takesFloat.Call(ctx, 1, 2, math.NaN()), "a NaN or an infinity"},
		{"infinity at a key", takesMap.Name(), "argument 1 (map[string]float32)", takesMap.Call(ctx, map[string]float32{secret: float32(math.Inf(1))}), "type float32 has a value"},
		{"UTF-8", takesString.Name(), "argument 1 (string)", takesString.Call(ctx, secret+"\xff"), "invalid UTF-8 (send binary data as []byte)"},
		{"UTF-8 in a key", takesMap.Name(), "argument 1 (map[string]float32)", takesMap.Call(ctx, map[string]float32{secret + "\xff": 1}), "invalid UTF-8"},
		{"UTF-8 in a message", takesMessage.Name(), "argument 1 (*wrapperspb.StringValue)", takesMessage.Call(ctx, wrapperspb.String(secret+"\xff")), "invalid UTF-8"},
		{"UTF-8 of a marshaler", takesText.Name(), "argument 1 (map[string]dispatch_test.guardedText)", takesText.Call(ctx, map[string]guardedText{secret: {}}), "invalid UTF-8"},
		{"a message out of range", takesTimes.Name(), "argument 1 (*timestamppb.Timestamp)", takesTimes.Call(ctx, &timestamppb.Timestamp{Seconds: math.MaxInt64}), "protojson refuses it"},
		{"cycle", takesRing.Name(), "argument 1 (*dispatch_test.ring)", takesRing.Call(ctx, loop), "a cycle"},
		{"too deep", takesAny.Name(), "argument 1 (interface {})", takesAny.Call(ctx, deep), "nested more than 10000 deep"},
		{"a marshaler's error", takesGuarded.Name(), "argument 1 (dispatch_test.guarded)", takesGuarded.Call(ctx, guarded{Fail: true}), "the marshaler of dispatch_test.guarded refuses it"},
		{"a marshaler's error inside", takesAny.Name(), "argument 1 (interface {})", takesAny.Call(ctx, map[string]any{secret: guarded{Fail: true}}), "the marshaler of dispatch_test.guarded refuses it"},
		{"a marshaler's bad JSON", takesGuarded.Name(), "argument 1 (dispatch_test.guarded)", takesGuarded.Call(ctx, guarded{}), "does not write one JSON value"},
		{"two keys of one text", takesAny.Name(), "argument 1 (interface {})", takesAny.Call(ctx, map[any]int{1: 1, "1": 1}), "a member twice"},
		{"a key of nil", takesAny.Name(), "argument 1 (interface {})", takesAny.Call(ctx, map[any]int{nil: 1}), "a map has a key that is not a string in JSON (use keys of a string or an integer type)"},
		{"a channel", takesAny.Name(), "argument 1 (interface {})", takesAny.Call(ctx, make(chan int)), "a value has type chan int, which cannot be encoded (it is"},
		{"an error value", takesAny.Name(), "argument 1 (interface {})", takesAny.Call(ctx, errors.New(secret)), "a value has type errors.errorString, which has no exported field"},
		{"a tag that json refuses", takesAny.Name(), "argument 1 (interface {})", takesAny.Call(ctx, tagged{}), "tagged.At has a json tag that encoding/json/v2 rejects: it has the option format (correct the tag)"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			checkLine(t, tt.err, "dispatch: call "+tt.fn+": "+tt.arg+" cannot be encoded: ", tt.want)
			checkHoldsNo(t, tt.err, secret)
		})
	}
	if err := takesGuarded.Call(ctx, guarded{Fail: true}); !errors.Is(err, errGuarded) {
		t.Errorf("Call = %v, want the marshaler's error inside", err)
	}
	if len(q.sent) != 0 {
		t.Errorf("%d messages were sent, want none", len(q.sent))
	}
}

// Random bytes cannot be made smaller.
func TestCall_tooLarge(t *testing.T) {
	t.Parallel()
	ctx, q := newClient(t)
	big := make([]byte, 10<<20)
	crand.Read(big)
	prefix := "dispatch: call " + takesBytes.Name() + ": "
	checkLine(t, takesBytes.Call(ctx, big), prefix, "the message has ", "the queue holds at most ")
	// The limit applies to the compressed size, which is small here.
	if err := takesBytes.Call(ctx, make([]byte, 10<<20)); err != nil {
		t.Errorf("Call with 10 MiB of zeros = %v, want nil", err)
	}
	wait(t, q)
	if dead := q.DeadLetters(); len(dead) != 0 {
		t.Errorf("got dead letters %v, want none", dead)
	}
	// This one is small on the wire, but larger than a callee would decompress.
	checkLine(t, takesString.Call(ctx, strings.Repeat("a", 64<<20)), "dispatch: call "+takesString.Name()+": ",
		"bytes of JSON; the limit is 16777216 (store the data and pass a reference)")
}

// checkHoldsNo fails if the text of err holds value.
func checkHoldsNo(t *testing.T, err error, value string) {
	t.Helper()
	if err != nil && strings.Contains(err.Error(), value) {
		t.Errorf("the error %q holds %q, want no value in it", err, value)
	}
}
