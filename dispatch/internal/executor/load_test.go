package executor_test

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
)

var (
	count  = dispatch.Register(countCalls)
	counts [64]atomic.Int64
)

// countCalls succeeds, returns an error or panics, depending on i.
func countCalls(ctx context.Context, worker, i int, text string) error {
	if info, ok := dispatch.FromContext(ctx); !ok || info.ID == "" || text == "" {
		return dispatch.Permanent(errCause)
	}
	counts[worker].Add(1)
	switch i % 10 {
	case 3:
		return errCause
	case 6:
		panic("now and then")
	}
	return nil
}

func TestExecute_concurrent(t *testing.T) {
	t.Parallel()
	const workers, each = 64, 200
	for w := range counts {
		counts[w].Store(0) // for -count
	}
	e := newExecutor(entrypoint.Logger(slog.New(slog.DiscardHandler)))
	c := new(capture)
	ctx := dispatch.WithClient(t.Context(), dispatch.New(c))
	var calls sync.WaitGroup
	for w := range workers {
		calls.Go(func() {
			for i := range each {
				if err := count.Call(ctx, w, i, secret); err != nil {
					t.Errorf("call %d of worker %d: %v", i, w, err)
				}
			}
		})
	}
	calls.Wait()
	if len(c.got) != workers*each {
		t.Fatalf("%d messages were published, want %d", len(c.got), workers*each)
	}
	var mu sync.Mutex
	got := make(map[entrypoint.Outcome]int)
	var executions sync.WaitGroup
	for w := range workers {
		executions.Go(func() {
			for _, m := range c.got[w*each : (w+1)*each] {
				r := e.Execute(ctx, deliver(m))
				mu.Lock()
				got[r.Outcome]++
				mu.Unlock()
			}
		})
	}
	executions.Wait()
	want := map[entrypoint.Outcome]int{
		entrypoint.Executed: workers * each * 8 / 10,
		entrypoint.Retry:    workers * each * 2 / 10,
	}
	if !maps.Equal(got, want) {
		t.Errorf("got outcomes %v, want %v", got, want)
	}
	for w := range counts {
		if n := counts[w].Load(); n != each {
			t.Errorf("%d calls of worker %d ran, want %d", n, w, each)
		}
	}
}

// Concurrency limits how many calls run at a time. If the context of a waiting delivery
// ends, the delivery fails and can be retried.
func TestExecute_concurrency(t *testing.T) {
	t.Parallel()
	c := new(capture)
	ctx := dispatch.WithClient(t.Context(), dispatch.New(c))
	if err := hold.Call(ctx); err != nil {
		t.Fatal(err)
	}
	e := newExecutor(entrypoint.Concurrency(1), entrypoint.Logger(slog.New(slog.DiscardHandler)))
	first := make(chan entrypoint.Result)
	go func() { first <- e.Execute(t.Context(), deliver(c.got[0])) }()
	<-held
	done, cancel := context.WithCancel(t.Context())
	cancel()
	const want = "dispatch: wait for other calls: context canceled"
	if r := e.Execute(done, deliver(c.got[0])); r.Outcome != entrypoint.Retry || r.Err == nil || r.Err.Error() != want {
		t.Errorf("a second call whose context is done: %v, %v; want retry, %s", r.Outcome, r.Err, want)
	}
	release <- struct{}{}
	if r := <-first; r.Outcome != entrypoint.Executed {
		t.Errorf("the first call: %v, %v; want executed", r.Outcome, r.Err)
	}
	go func() {
		<-held
		release <- struct{}{}
	}()
	if r := e.Execute(t.Context(), deliver(c.got[0])); r.Outcome != entrypoint.Executed {
		t.Errorf("a call after the first: %v, %v; want executed", r.Outcome, r.Err)
	}
}

// The limit of one function does not make calls of other functions wait.
func TestExecute_functionConcurrency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newExecutor(quiet)
		ended := make(chan time.Duration, 5)
		start := time.Now()
		for range 5 {
			d := deliveryOf(t, func(ctx context.Context) error { return pair.Call(ctx) })
			go func() {
				if err := e.Handle(t.Context(), d); err != nil {
					t.Error(err)
				}
				ended <- time.Since(start)
			}()
		}
		synctest.Wait()
		if err := e.Handle(t.Context(), deliveryOf(t, func(ctx context.Context) error { return resize.Call(ctx, secret, 1) })); err != nil || time.Since(start) > 0 {
			t.Errorf("another function: %v after %v, want it executed at once", err, time.Since(start))
		}
		timed, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r := e.Execute(timed, deliveryOf(t, func(ctx context.Context) error { return pair.Call(ctx) }))
		if want := "dispatch: wait for other calls of " + pkg + "takeMinute: context deadline exceeded"; r.Reason != entrypoint.ReasonOverload || r.Err.Error() != want {
			t.Errorf("Execute = %v for %q, %v; want %s", r.Outcome, r.Reason, r.Err, want)
		}
		var got []time.Duration
		for range 5 {
			got = append(got, <-ended)
		}
		if want := []time.Duration{time.Minute, time.Minute, 2 * time.Minute, 2 * time.Minute, 3 * time.Minute}; !slices.Equal(got, want) {
			t.Errorf("two at a time, the calls ended after %v, want %v", got, want)
		}
	})
}

var pair = dispatch.Register(takeMinute, dispatch.Concurrency(2))

func takeMinute(context.Context) error { time.Sleep(time.Minute); return nil }

var (
	hold          = dispatch.Register(holdCall)
	held, release = make(chan struct{}), make(chan struct{})
)

func holdCall(context.Context) error {
	held <- struct{}{}
	<-release
	return nil
}

func BenchmarkExecute(b *testing.B) {
	c := new(capture)
	if err := resize.Call(dispatch.WithClient(b.Context(), dispatch.New(c)), "a.jpg", 320); err != nil {
		b.Fatal(err)
	}
	e, d := newExecutor(), deliver(c.got[0])
	for b.Loop() {
		if err := e.Handle(b.Context(), d); err != nil {
			b.Fatal(err)
		}
	}
}

// Stop refuses waiting calls and later calls, and lets running calls end. It logs nothing.
func TestExecutor_Stop(t *testing.T) {
	t.Parallel()
	c := new(capture)
	ctx := dispatch.WithClient(t.Context(), dispatch.New(c))
	if err := stopped.Call(ctx); err != nil {
		t.Fatal(err)
	}
	g := &stopGate{make(chan struct{}), make(chan struct{})}
	stops.Store(c.got[0].Attributes["ce-id"], g)
	var log bytes.Buffer
	e := newExecutor(entrypoint.Concurrency(1), entrypoint.Logger(slog.New(slog.NewTextHandler(&log, nil))))
	results := make(chan entrypoint.Result)
	execute := func() { results <- e.Execute(t.Context(), deliver(c.got[0])) }
	go execute()
	<-g.running
	for range 3 {
		go execute()
	}
	e.Stop()
	for range 3 {
		if r := <-results; r.Outcome != entrypoint.Retry || r.Err != executor.ErrStopped {
			t.Errorf("a call that waits: %v, %v; want retry, %v", r.Outcome, r.Err, executor.ErrStopped)
		}
	}
	close(g.end)
	if r := <-results; r.Outcome != entrypoint.Executed {
		t.Errorf("the call that runs: %v, %v; want executed", r.Outcome, r.Err)
	}
	e.Stop()
	if r := e.Execute(t.Context(), deliver(c.got[0])); r.Err != executor.ErrStopped {
		t.Errorf("a later call: %v, want %v", r.Err, executor.ErrStopped)
	}
	if log.Len() > 0 {
		t.Errorf("logged %s", &log)
	}
}

var stopped = dispatch.Register(stoppedCall)

// stops has the gates for calls of stopped, by their ID.
var stops sync.Map

// A stopGate makes a call of stopped wait until the test closes end.
type stopGate struct{ running, end chan struct{} }

func stoppedCall(ctx context.Context) error {
	info, _ := dispatch.FromContext(ctx)
	v, _ := stops.Load(info.ID)
	g := v.(*stopGate)
	close(g.running) // panics if it runs again
	<-g.end
	return nil
}
