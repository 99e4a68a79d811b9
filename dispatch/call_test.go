package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/cloud-functions-dispatch/go/dispatch"
	_ "github.com/cloud-functions-dispatch/go/dispatch/protobuf"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

type order struct {
	ID    int64             `json:"id"`
	Lines []string          `json:"lines"`
	Meta  map[string]string `json:"meta"`
	At    time.Time         `json:"at"`
	Next  *order            `json:"next"`
}

var (
	manyF    = dispatch.Register(many)
	sumF     = dispatch.Register(sum)
	protoF   = dispatch.Register(protos)
	failF    = dispatch.Register(fail)
	aliasedF = dispatch.Register(aliased, dispatch.Name("test/pinned"), dispatch.Alias("test/old"), dispatch.Alias("test/older"))
	newerF   = dispatch.Register(newer, dispatch.Alias("test/newer.old"))
	chainF   *dispatch.Func[func(context.Context, string, int) error]
)

func init() { chainF = dispatch.Register(chain) }

func many(ctx context.Context, key string, n uint64, f float64, d time.Duration, b []byte, o order, p *order, a any) error {
	recorded.add(ctx, key, n, f, d, b, o, p, a)
	return nil
}

func sum(ctx context.Context, key string, n ...int) error {
	recorded.add(ctx, key, n)
	return nil
}

func protos(ctx context.Context, key string, s *wrapperspb.StringValue, none *wrapperspb.StringValue, at ...*timestamppb.Timestamp) error {
	recorded.add(ctx, key, s, none, at)
	return nil
}

var errFail = errors.New("no luck")

// fail fails the given number of times, or permanently if times is negative.
func fail(ctx context.Context, key string, times int) error {
	n := recorded.add(ctx, key)
	switch {
	case times < 0:
		return dispatch.Permanent(errFail)
	case n < times:
		return errFail
	}
	return nil
}

func aliased(ctx context.Context, key string) error { recorded.add(ctx, key); return nil }
func newer(ctx context.Context, key string) error   { recorded.add(ctx, key); return nil }

// chain calls itself through the client that its context carries.
func chain(ctx context.Context, key string, n int) error {
	recorded.add(ctx, key, n)
	if n == 0 {
		return nil
	}
	return chainF.Call(ctx, key, n-1)
}

func TestCall_runsTheFunctionWithTheArguments(t *testing.T) {
	t.Parallel()
	ctx, q := newClient(t)
	at := time.Date(2024, 2, 29, 12, 30, 0, 123456789, time.UTC)
	o := order{ID: 1<<53 + 1, Lines: []string{"<a>&", "\u2028"}, Meta: map[string]string{"k": "v"}, At: at}
	args := []any{uint64(1<<64 - 1), 0.1, 90 * time.Second, []byte{0, 255}, o, &order{Next: &o}, any(map[string]any{"x": []any{1.5, "y", nil, true}})}
	if err := manyF.Call(ctx, t.Name(), args[0].(uint64), 0.1, 90*time.Second, []byte{0, 255}, o, args[5].(*order), args[6]); err != nil {
		t.Fatalf("Call = %v, want nil", err)
	}
	wait(t, q)
	runs := recorded.of(t.Name())
	if len(runs) != 1 || !reflect.DeepEqual(runs[0].args, args) {
		t.Errorf("got runs %+v, want one with %+v", runs, args)
	}
}

func TestCall_variadic(t *testing.T) {
	t.Parallel()
	for _, args := range [][]int{{}, {1}, {1, 2, 3}} {
		t.Run(fmt.Sprint(len(args)), func(t *testing.T) {
			t.Parallel()
			ctx, q := newClient(t)
			if err := sumF.Call(ctx, t.Name(), args...); err != nil {
				t.Fatalf("Call = %v, want nil", err)
			}
			wait(t, q)
			runs := recorded.of(t.Name())
			if len(runs) != 1 || !slices.Equal(runs[0].args[0].([]int), args) {
				t.Errorf("got runs %+v, want one with %v", runs, args)
			}
		})
	}
}

func TestCall_protoMessages(t *testing.T) {
	t.Parallel()
	ctx, q := newClient(t)
	at := timestamppb.New(time.Unix(1, 5))
	if err := protoF.Call(ctx, t.Name(), wrapperspb.String("é"), nil, at, nil); err != nil {
		t.Fatalf("Call = %v, want nil", err)
	}
	wait(t, q)
	runs := recorded.of(t.Name())
	if len(runs) != 1 {
		t.Fatalf("got %d runs, want 1; dead: %v", len(runs), q.DeadLetters())
	}
	got := runs[0].args
	if s := got[0].(*wrapperspb.StringValue); s.GetValue() != "é" {
		t.Errorf("got the string %v, want é", s)
	}
	if none := got[1].(*wrapperspb.StringValue); none != nil {
		t.Errorf("got %v for a nil message, want nil", none)
	}
	if times := got[2].([]*timestamppb.Timestamp); len(times) != 2 || !proto.Equal(times[0], at) || times[1] != nil {
		t.Errorf("got the times %v, want %v and nil", times, at)
	}
}

func TestRun_isTheFunctionItself(t *testing.T) {
	t.Parallel()
	// No client: a queue is not needed.
	if err := failF.Run(t.Context(), t.Name(), -1); !errors.Is(err, errFail) {
		t.Errorf("Run = %v, want the function's own error", err)
	}
	runs := recorded.of(t.Name())
	if len(runs) != 1 || runs[0].ok {
		t.Errorf("got runs %+v, want one without an Info", runs)
	}
}

// The Info of a call is the same on each attempt, except for the attempt.
func TestFromContext(t *testing.T) {
	t.Parallel()
	ctx, q := newClient(t)
	before := time.Now()
	if err := failF.Call(ctx, t.Name(), 2); err != nil {
		t.Fatalf("Call = %v, want nil", err)
	}
	wait(t, q)
	runs := recorded.of(t.Name())
	if len(runs) != 3 {
		t.Fatalf("got %d attempts, want 3", len(runs))
	}
	for i, r := range runs {
		if !r.ok || r.info.Attempt != i+1 || r.info.ID != runs[0].info.ID || r.info.ID == "" ||
			r.info.Name != failF.Name() || !r.info.Time.Equal(runs[0].info.Time) || r.info.Time.Before(before) {
			t.Errorf("attempt %d saw %+v, %v, want the Info of one call", i+1, r.info, r.ok)
		}
	}
	if err := failF.Call(ctx, t.Name(), 0); err != nil {
		t.Fatalf("Call = %v, want nil", err)
	}
	wait(t, q)
	if runs = recorded.of(t.Name()); len(runs) != 4 || runs[3].info.ID == runs[0].info.ID {
		t.Errorf("two calls have the ID %q, want one for each", runs[0].info.ID)
	}
}

func TestFunc_names(t *testing.T) {
	t.Parallel()
	const pkg = "github.com/cloud-functions-dispatch/go/dispatch_test"
	for _, tt := range []struct{ got, want string }{
		{manyF.Name(), pkg + ".many"},
		{manyF.String(), "dispatch_test.many"},
		{manyF.With(dispatch.OrderingKey("k")).Name(), pkg + ".many"},
		{aliasedF.Name(), "test/pinned"},
	} {
		if tt.got != tt.want {
			t.Errorf("got name %q, want %q", tt.got, tt.want)
		}
	}
}

// A message that names an alias runs the function, whose Info has the registered name.
func TestAlias(t *testing.T) {
	t.Parallel()
	ctx, q := newClient(t)
	for _, f := range []struct{ alias, name string }{
		{"test/old", "test/pinned"},
		{"test/older", "test/pinned"},
		{"test/pinned", "test/pinned"},
		{"test/newer.old", newerF.Name()},
	} {
		key := t.Name() + f.alias
		publishByHand(t, ctx, q, f.alias, fmt.Sprintf("[%q]", key))
		wait(t, q)
		if runs := recorded.of(key); len(runs) != 1 || runs[0].info.Name != f.name {
			t.Errorf("a message for %s: got runs %+v, want one under the name %s", f.alias, runs, f.name)
		}
	}
}

func TestCall_underTheClientOfItsCaller(t *testing.T) {
	t.Parallel()
	ctx, q := newClient(t)
	if err := chainF.Call(ctx, t.Name(), 3); err != nil {
		t.Fatalf("Call = %v, want nil", err)
	}
	wait(t, q)
	if runs := recorded.of(t.Name()); len(runs) != 4 {
		t.Errorf("got %d runs, want 4; dead: %v", len(runs), q.DeadLetters())
	}
}

// Calls with an ordering key are executed in their order.
func TestOrderingKey(t *testing.T) {
	t.Parallel()
	ctx, q := newClient(t)
	ordered := sumF.With(dispatch.OrderingKey("k"))
	var want []int
	for i := range 50 {
		want = append(want, i)
		if err := ordered.Call(ctx, t.Name(), i); err != nil {
			t.Fatalf("Call = %v, want nil", err)
		}
	}
	wait(t, q)
	var got []int
	for _, r := range recorded.of(t.Name()) {
		got = append(got, r.args[0].([]int)...)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got order %v, want %v", got, want)
	}
}

// The callee receives the ID that the caller set.
func TestID(t *testing.T) {
	t.Parallel()
	ctx, q := newClient(t)
	id := t.Name() + "/order-17"
	if err := sumF.With(dispatch.ID(id)).Call(ctx, t.Name(), 1); err != nil {
		t.Fatal(err)
	}
	wait(t, q)
	if got := recorded.of(t.Name()); len(got) != 1 || got[0].info.ID != id {
		t.Errorf("executed %+v, want one call with the ID %q", got, id)
	}
}

// A call is executed when it is due, but not after it has expired.
func TestSchedule(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		opts []dispatch.CallOption
		busy time.Duration // how long the queue executes another call first
		took time.Duration
		dead string
	}{
		"at once":                 {nil, 0, 0, ""},
		"delay":                   {[]dispatch.CallOption{dispatch.Delay(time.Hour)}, 0, time.Hour, ""},
		"no delay":                {[]dispatch.CallOption{dispatch.Delay(-time.Hour)}, 0, 0, ""},
		"at":                      {[]dispatch.CallOption{dispatch.At(time.Date(2000, 1, 1, 2, 0, 0, 0, time.UTC))}, 0, 2 * time.Hour, ""},
		"at a time in the past":   {[]dispatch.CallOption{dispatch.At(time.Date(1999, 1, 1, 2, 0, 0, 0, time.UTC))}, 0, 0, ""},
		"the last option applies": {[]dispatch.CallOption{dispatch.At(time.Date(2000, 1, 1, 2, 0, 0, 0, time.UTC)), dispatch.Delay(time.Minute)}, 0, time.Minute, ""},
		"in time":                 {[]dispatch.CallOption{dispatch.Expire(time.Minute)}, 30 * time.Second, 30 * time.Second, ""},
		"late":                    {[]dispatch.CallOption{dispatch.Expire(time.Minute)}, 61 * time.Second, 61 * time.Second, "it expired 1s ago"},
		"expires after it is due": {[]dispatch.CallOption{dispatch.Expire(time.Minute), dispatch.Delay(time.Hour)}, 0, time.Hour, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				q := mem.New(mem.Concurrency(1))
				ctx := dispatch.WithClient(t.Context(), dispatch.New(q))
				start := time.Now()
				key := t.Name()
				if c.busy > 0 {
					if err := napF.Call(ctx, c.busy); err != nil {
						t.Fatal(err)
					}
					synctest.Wait()
				}
				if err := sumF.With(c.opts...).Call(ctx, key); err != nil {
					t.Fatal(err)
				}
				if err := q.Wait(t.Context()); err != nil {
					t.Error(err)
				}
				runs, dead := recorded.of(key), q.DeadLetters()
				if took := time.Since(start); took != c.took {
					t.Errorf("it was done after %v, want %v", took, c.took)
				}
				switch {
				case c.dead == "":
					if len(runs) != 1 || len(dead) != 0 {
						t.Errorf("%d runs and %d dead letters, want one run", len(runs), len(dead))
					}
				case len(runs) > 0 || len(dead) != 1 || dead[0].Attempt != 1 || !strings.HasSuffix(dead[0].Err.Error(), c.dead):
					t.Errorf("%d runs and dead letters %v, want it dead at once, because %s", len(runs), dead, c.dead)
				}
			})
		})
	}
}

var napF = dispatch.Register(nap)

func nap(_ context.Context, d time.Duration) error { time.Sleep(d); return nil }

func TestWith(t *testing.T) {
	t.Parallel()
	q := new(faulty)
	ctx := dispatch.WithClient(t.Context(), dispatch.New(q))
	keyed := sumF.With(dispatch.OrderingKey("k"))
	for _, f := range []*dispatch.Func[func(context.Context, string, ...int) error]{
		sumF, keyed, keyed.With(), keyed.With(dispatch.OrderingKey("l")), keyed.With(dispatch.OrderingKey("")), sumF.With(nil),
	} {
		if err := f.Call(ctx, t.Name()); err != nil {
			t.Fatalf("Call = %v, want nil", err)
		}
	}
	var got []string
	for _, m := range q.sent {
		got = append(got, m.OrderingKey)
	}
	if want := []string{"", "k", "k", "l", "", ""}; !slices.Equal(got, want) {
		t.Errorf("got ordering keys %q, want %q", got, want)
	}
	prefix := "dispatch: call " + sumF.Name() + ": "
	checkLine(t, sumF.With(dispatch.ID("")).Call(ctx, t.Name()), prefix, "the option ID has 0 bytes, want 1 to 1024")
	checkLine(t, sumF.With(dispatch.ID(strings.Repeat("i", 1025))).Call(ctx, t.Name()), prefix, "the option ID has 1025 bytes, want 1 to 1024")
	checkLine(t, sumF.With(dispatch.Expire(0)).Call(ctx, t.Name()), prefix, "the option Expire is 0s")
	checkLine(t, sumF.With(dispatch.At(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))).Call(ctx, t.Name()), prefix, "the call is due or expires after the year 9999")
	checkLine(t, sumF.With(dispatch.OrderingKey(strings.Repeat("k", 1025))).Call(ctx, t.Name()), prefix, "the ordering key has 1025 bytes")
	if len(q.sent) != len(got) {
		t.Errorf("%d messages were sent by calls that return an error, want none", len(q.sent)-len(got))
	}
	if err := sumF.With(dispatch.ID("")).Run(ctx, t.Name()+"run"); err != nil {
		t.Errorf("Run = %v, want nil", err)
	}
}

// A permanent error keeps its text and its cause, and the call becomes a dead letter at
// its first failure.
func TestPermanent(t *testing.T) {
	t.Parallel()
	if err := dispatch.Permanent(nil); err != nil {
		t.Errorf("Permanent(nil) = %v, want nil", err)
	}
	if err := dispatch.Permanent(errFail); !errors.Is(err, errFail) || err.Error() != errFail.Error() {
		t.Errorf("Permanent(err) = %v, want err inside and its text", err)
	}
	ctx, q := newClient(t, mem.Attempts(2))
	if err := failF.Call(ctx, t.Name(), -1); err != nil {
		t.Fatalf("Call = %v, want nil", err)
	}
	wait(t, q)
	dead := q.DeadLetters()
	if len(dead) != 1 || !errors.Is(dead[0].Err, errFail) || dead[0].Attributes["ce-subject"] != failF.Name() {
		t.Errorf("got dead letters %+v, want the one call", dead)
	}
}
