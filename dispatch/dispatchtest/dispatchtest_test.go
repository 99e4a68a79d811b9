package dispatchtest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/dispatchtest"
)

type options struct {
	Width int
	At    time.Time
	Tags  map[string]int
}

var (
	resize = dispatch.Register(doResize)
	notify = dispatch.Register(doNotify, dispatch.Queue("mail"))
	flaky  = dispatch.Register(doFlaky)
)

// seen records the arguments of executed functions, by the test that called them. It
// has no lock, so the tests are not parallel. Run executes one call after the other.
var seen = make(map[string][]string)

func doResize(ctx context.Context, test, path string, o options) error {
	seen[test] = append(seen[test], fmt.Sprint(path, " ", o.Width, " ", o.At.UTC().Format(time.RFC3339)))
	return notify.Call(ctx, test, "resized", path)
}

func doNotify(_ context.Context, test string, words ...string) error {
	seen[test] = append(seen[test], strings.Join(words, " "))
	return nil
}

func doFlaky(ctx context.Context, test string) error {
	info, _ := dispatch.FromContext(ctx)
	seen[test] = append(seen[test], fmt.Sprint(info.ID != "", " ", info.Attempt))
	if info.Attempt == 1 {
		return errors.New("not yet")
	}
	return nil
}

var at = time.Date(2024, 2, 29, 12, 0, 0, 0, time.FixedZone("", 3600))

// Two concurrent Runs execute each call once.
func TestQueue_concurrent(t *testing.T) {
	q := dispatchtest.New(t)
	if err := errors.Join(notify.Call(q.Context(), t.Name(), "a"), notify.Call(q.Context(), t.Name(), "b")); err != nil {
		t.Fatal(err)
	}
	var runs sync.WaitGroup
	for range 2 {
		runs.Go(func() {
			if err := q.Run(); err != nil {
				t.Error(err)
			}
		})
	}
	runs.Wait()
	if got, want := seen[t.Name()], []string{"a", "b"}; !slices.Equal(got, want) {
		t.Errorf("executed %q, want %q", got, want)
	}
}

func TestCalled(t *testing.T) {
	q := dispatchtest.New(t)
	ctx := q.Context()
	if err := resize.Call(ctx, t.Name(), "a.jpg", options{320, at, map[string]int{"b": 2, "a": 1}}); err != nil {
		t.Fatal(err)
	}
	if err := notify.With(dispatch.OrderingKey("k")).Call(ctx, t.Name()); err != nil {
		t.Fatal(err)
	}
	if err := dispatchtest.Called(q, resize)(nil, t.Name(), "a.jpg", options{320, at, map[string]int{"a": 1, "b": 2}}); err != nil {
		t.Errorf("Called with the arguments = %v, want nil", err)
	}
	if err := dispatchtest.Called(q, notify)(ctx, t.Name()); err != nil {
		t.Errorf("Called without variadic arguments = %v, want nil", err)
	}
	const want = "dispatchtest: github.com/cloud-functions-dispatch/go/dispatch/dispatchtest_test.doNotify was not called with\n\t[\"TestCalled\",[\"x\"]]\nits other calls: 1\n\t[\"TestCalled\",[]]"
	if err := dispatchtest.Called(q, notify)(ctx, t.Name(), "x"); err == nil || err.Error() != want {
		t.Errorf("Called with other arguments = %v, want %s", err, want)
	}
	if err := dispatchtest.Called(q, flaky)(ctx, t.Name()); err == nil || !strings.HasSuffix(err.Error(), "\nits other calls: 0") {
		t.Errorf("Called of a function without calls = %v, want an error", err)
	}
	if a, b, c := dispatchtest.Count(q, resize), dispatchtest.Count(q, notify), dispatchtest.Count(q, flaky); a != 1 || b != 1 || c != 0 {
		t.Errorf("Count = %d, %d, %d; want 1, 1, 0", a, b, c)
	}
	calls := q.Calls()
	if len(calls) != 2 || calls[0].Queue != "" || calls[1].Queue != "mail" || calls[1].OrderingKey != "k" || calls[0].ID == calls[1].ID || calls[0].Name != resize.Name() {
		t.Errorf("Calls = %+v, want the two that were made", calls)
	}
	if len(seen[t.Name()]) > 0 {
		t.Errorf("executed %q, want nothing before Run", seen[t.Name()])
	}
}

func TestRun(t *testing.T) {
	q := dispatchtest.New(t)
	err := dispatch.Batch(q.Context(), func(ctx context.Context) error {
		return errors.Join(
			resize.Call(ctx, t.Name(), "a.jpg", options{320, at, nil}),
			resize.Call(ctx, t.Name(), "b.jpg", options{160, at, nil}))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Run(); err != nil {
		t.Errorf("Run = %v, want nil", err)
	}
	want := []string{"a.jpg 320 2024-02-29T11:00:00Z", "b.jpg 160 2024-02-29T11:00:00Z", "resized a.jpg", "resized b.jpg"}
	if got := seen[t.Name()]; !slices.Equal(got, want) {
		t.Errorf("executed %q, want %q", got, want)
	}
	if err := q.Run(); err != nil || len(seen[t.Name()]) != len(want) {
		t.Errorf("Run again = %v and executed %q, want nothing", err, seen[t.Name()][len(want):])
	}
}

func TestRun_again(t *testing.T) {
	q := dispatchtest.New(t)
	if err := flaky.Call(q.Context(), t.Name()); err != nil {
		t.Fatal(err)
	}
	const want = "dispatch: execute github.com/cloud-functions-dispatch/go/dispatch/dispatchtest_test.doFlaky: not yet"
	if err := q.Run(); err == nil || err.Error() != want {
		t.Errorf("Run = %v, want %s", err, want)
	}
	if err := q.Run(); err != nil {
		t.Errorf("Run again = %v, want nil", err)
	}
	if got := seen[t.Name()]; !slices.Equal(got, []string{"true 1", "true 2"}) {
		t.Errorf("executed %q, want two attempts", got)
	}
}

func TestEach(t *testing.T) {
	q := dispatchtest.New(t)
	for _, path := range []string{"a.jpg", "b.jpg"} {
		if err := resize.Call(q.Context(), t.Name(), path, options{320, at, nil}); err != nil {
			t.Fatal(err)
		}
	}
	var paths []string
	err := dispatchtest.Each(q, resize, func(ctx context.Context, _, path string, o options) error {
		if info, ok := dispatch.FromContext(ctx); !ok || info.ID == "" || o.Width != 320 || !o.At.Equal(at) {
			t.Errorf("got %+v with options %+v", info, o)
		}
		paths = append(paths, path)
		return errors.New(path)
	})
	if !slices.Equal(paths, []string{"a.jpg", "b.jpg"}) || err == nil || err.Error() != "a.jpg\nb.jpg" {
		t.Errorf("Each saw %q and returned %v, want both and their errors", paths, err)
	}
	if err := dispatchtest.Each(q, notify, func(context.Context, string, ...string) error { return errors.New("called") }); err != nil {
		t.Errorf("Each of a function without calls = %v, want nil", err)
	}
}

// The queue refuses the calls that production would refuse.
func TestQueue_refuses(t *testing.T) {
	q := dispatchtest.New(t)
	for _, text := range []string{"\xff", strings.Repeat("x", 65<<20)} {
		if err := notify.Call(q.Context(), text); err == nil {
			t.Errorf("Call with %d bytes that cannot be sent = nil, want an error", len(text))
		}
	}
	if n := len(q.Calls()); n != 0 {
		t.Errorf("%d calls were kept, want none", n)
	}
}
