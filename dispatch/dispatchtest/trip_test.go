package dispatchtest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/dispatchtest"
	_ "github.com/cloud-functions-dispatch/go/dispatch/protobuf"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// An errorRecorder is a test that records its errors.
type errorRecorder struct {
	testing.TB
	errs []string
}

func (r *errorRecorder) Error(args ...any) { r.errs = append(r.errs, fmt.Sprint(args...)) }

// lossy encodes only one of its fields.
type lossy struct{ A, B int }

func (l lossy) MarshalJSON() ([]byte, error)  { return json.Marshal(l.A) }
func (l *lossy) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &l.A) }

// A due time has a cache, of which its methods know nothing, and a time in some zone.
type due struct {
	at    time.Time
	cache map[string]int
}

func (d due) MarshalText() ([]byte, error)  { return d.at.MarshalText() }
func (d *due) UnmarshalText(b []byte) error { return d.at.UnmarshalText(b) }

// A stamp has no method Equal.
type stamp time.Time

func (s stamp) MarshalJSON() ([]byte, error)  { return time.Time(s).MarshalJSON() }
func (s *stamp) UnmarshalJSON(b []byte) error { return (*time.Time)(s).UnmarshalJSON(b) }

type bag struct {
	Any    any
	L      []lossy
	hidden int
	Kept   int `json:"-"`
	Rat    *big.Rat
	Due    due
	Stamp  stamp
	cache  map[string]int `json:"-"`
	P      *bag
	M      map[string]*lossy
	At     time.Time
}

var (
	takesBag     = dispatch.Register(takeBag)
	takesMessage = dispatch.Register(takeMessage)
)

func takeBag(context.Context, string, bag) error                 { return nil }
func takeMessage(context.Context, ...*durationpb.Duration) error { return nil }

// unverified makes the queue see values that the call itself would refuse.
var unverified = dispatchtest.ClientOptions(dispatch.VerifyArguments(false))

// If encoding and decoding change an argument, or leave out data, the call fails the test
// with an error that names the place. Representations of the same value pass.
func TestQueue_roundTrip(t *testing.T) {
	const number = "changes from int to float64, since it is in an interface; dispatchvet's check dispatchargs reports it"
	for want, b := range map[string]bag{
		"":                                   {Any: []any{1.5, nil, map[string]any{"a": "b"}}, L: []lossy{{A: 1}}, P: &bag{M: map[string]*lossy{"k": {A: 2}}}, At: time.Now(), Rat: new(big.Rat), Due: due{time.Now(), map[string]int{}}, Stamp: stamp(time.Now()), cache: map[string]int{"a": 1}},
		"bag.Any " + number:                  {Any: 1},
		"bag.Any[] " + number:                {Any: []any{"a", 2}},
		"bag.L[].B changes":                  {L: []lossy{{A: 1}, {A: 1, B: 2}}},
		"bag.hidden is not exported":         {hidden: 1},
		"bag.Kept is not sent":               {Kept: 1},
		"bag.P.P.M[].B changes":              {P: &bag{P: &bag{M: map[string]*lossy{"k": {B: 1}}}}},
		"bag.Any changes from dispatchtest_": {Any: lossy{A: 1}},
	} {
		r := &errorRecorder{TB: t}
		q := dispatchtest.New(r, unverified)
		if err := takesBag.Call(q.Context(), "x", b); err != nil {
			t.Fatal(err)
		}
		if want == "" {
			if len(r.errs) > 0 {
				t.Errorf("got %q, want nothing", r.errs)
			}
			continue
		}
		if len(r.errs) != 1 || !strings.HasPrefix(r.errs[0], "dispatchtest: argument 2 of "+takesBag.Name()+" does not arrive unchanged: "+want) {
			t.Errorf("got %q, want an error that names %s", r.errs, want)
		}
	}
	q := dispatchtest.New(t)
	if err := takesMessage.Call(q.Context(), durationpb.New(time.Second), nil); err != nil {
		t.Fatal(err)
	}
}

// A test may accept changes, by path or by type.
func TestIgnore(t *testing.T) {
	q := dispatchtest.New(t, unverified, dispatchtest.IgnorePath("bag.hidden"), dispatchtest.IgnorePath("bag.Kept"), dispatchtest.IgnorePath("bag.L[].B"), dispatchtest.IgnoreType[any]())
	if err := takesBag.Call(q.Context(), "x", bag{hidden: 1, Kept: 1, L: []lossy{{B: 1}}, Any: 1}); err != nil {
		t.Error(err)
	}
	r := &errorRecorder{TB: t}
	if err := takesBag.Call(dispatchtest.New(r, dispatchtest.IgnorePath("bag.hidden")).Context(), "x", bag{Kept: 1}); err != nil || len(r.errs) != 1 {
		t.Errorf("got %v and %q, want a failure for the other path", err, r.errs)
	}
}

// A ring is restored by its own methods.
type ring struct {
	Name       string
	Next, Prev *ring
}

func (r *ring) MarshalText() ([]byte, error) { return []byte(r.Name), nil }
func (r *ring) UnmarshalText(b []byte) error {
	*r = *newRing(string(b))
	return nil
}

func newRing(name string) *ring {
	a, b := &ring{Name: name}, &ring{Name: "b"}
	a.Next, a.Prev, b.Next, b.Prev = b, b, a, a
	return a
}

// A noted message is a message by its embedded field, and has more.
type noted struct {
	*durationpb.Duration `json:"d"`
	Note                 string `json:"-"`
}

var (
	takesRing  = dispatch.Register(takeRing)
	takesNoted = dispatch.Register(takeNoted)
)

func takeRing(context.Context, *ring) error  { return nil }
func takeNoted(context.Context, noted) error { return nil }

// Values that contain themselves are compared, and fields beside an embedded message.
func TestQueue_roundTripDeep(t *testing.T) {
	q := dispatchtest.New(t)
	if err := errors.Join(takesRing.Call(q.Context(), newRing("a")), takesNoted.Call(q.Context(), noted{durationpb.New(1), ""})); err != nil {
		t.Error(err)
	}
	r := &errorRecorder{TB: t}
	if err := takesNoted.Call(dispatchtest.New(r).Context(), noted{durationpb.New(1), "lost"}); err != nil || len(r.errs) != 1 || !strings.Contains(r.errs[0], "noted.Note is not sent") {
		t.Errorf("got %v and %q, want a failure for noted.Note", err, r.errs)
	}
}

// ClientOptions reach the client of the queue.
func TestClientOptions(t *testing.T) {
	calls := 0
	count := func(next transport.Publisher) transport.Publisher {
		return func(ctx context.Context, m *transport.Message) error {
			calls++
			return next(ctx, m)
		}
	}
	q := dispatchtest.New(t, dispatchtest.ClientOptions(dispatch.Publishing(count)))
	if err := notify.Call(q.Context(), t.Name(), "a"); err != nil || calls != 1 {
		t.Errorf("Call = %v, and the middleware saw %d calls, want 1", err, calls)
	}
}

func TestRedeliver(t *testing.T) {
	q := dispatchtest.New(t, dispatchtest.Redeliver(2))
	if err := errors.Join(notify.Call(q.Context(), t.Name(), "a"), flaky.Call(q.Context(), t.Name()+"f")); err != nil {
		t.Fatal(err)
	}
	if err := q.Run(); err == nil {
		t.Error("Run = nil, want the error of the first attempt")
	}
	if err := q.Run(); err != nil {
		t.Error(err)
	}
	if got := seen[t.Name()]; !slices.Equal(got, []string{"a", "a", "a"}) {
		t.Errorf("got %q, want a call and two redeliveries", got)
	}
	if got := seen[t.Name()+"f"]; !slices.Equal(got, []string{"true 1", "true 2", "true 3", "true 4"}) {
		t.Errorf("got %q, want a failure, and three deliveries", got)
	}
}

func TestShuffle(t *testing.T) {
	orders := make(map[string]bool)
	for seed := range uint64(10) {
		for range 2 { // the same order for the same seed
			q := dispatchtest.New(t, dispatchtest.Shuffle(seed))
			key := fmt.Sprint(t.Name(), seed)
			seen[key] = nil
			for _, word := range []string{"a", "b", "c"} {
				if err := errors.Join(notify.Call(q.Context(), key, word), notify.With(dispatch.OrderingKey("k")).Call(q.Context(), key, "k"+word)); err != nil {
					t.Fatal(err)
				}
			}
			if err := q.Run(); err != nil {
				t.Fatal(err)
			}
			got := strings.Join(seen[key], " ")
			orders[got] = true
			if a, b, c := strings.Index(got, "ka"), strings.Index(got, "kb"), strings.Index(got, "kc"); len(seen[key]) != 6 || a > b || b > c {
				t.Errorf("got %s, want six calls, and ka, kb and kc in their order", got)
			}
		}
	}
	if len(orders) < 5 || len(orders) > 10 {
		t.Errorf("%d orders of 10 seeds, want several, and at most one for each seed", len(orders))
	}
}

// Delayed calls are executed when they are due, after the calls that are due already.
// In a bubble this takes no time.
func TestRun_delay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := dispatchtest.New(t)
		start := time.Now()
		delayed := notify.With(dispatch.Delay(48 * time.Hour))
		if err := errors.Join(delayed.Call(q.Context(), t.Name(), "late"), notify.With(dispatch.Delay(time.Hour)).Call(q.Context(), t.Name(), "soon"), notify.Call(q.Context(), t.Name(), "now"),
			notify.With(dispatch.Delay(time.Hour), dispatch.Expire(time.Minute)).Call(q.Context(), t.Name(), "in time")); err != nil {
			t.Fatal(err)
		}
		if err := q.Run(); err != nil {
			t.Error(err)
		}
		if got := seen[t.Name()]; !slices.Equal(got, []string{"now", "soon", "in time", "late"}) || time.Since(start) != 48*time.Hour {
			t.Errorf("got %q after %v, want the calls in the order in which they are due, after 48h", got, time.Since(start))
		}
	})
}
