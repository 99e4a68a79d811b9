package executor_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/codec"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/config"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	long := func(ctx context.Context) error { return resize.Call(ctx, strings.Repeat("x", 5000), 320) }
	deep := func(ctx context.Context) error { return takesAny.Call(ctx, []any{[]any{[]any{}}}) }
	for name, c := range map[string]struct {
		call func(context.Context) error
		opt  entrypoint.Option
		err  string // empty if it is executed
	}{
		"arguments":           {long, entrypoint.MaxArgs(5008), ""},
		"arguments, too long": {long, entrypoint.MaxArgs(5007), "the arguments have more than 5007 bytes of JSON (store the data and pass a reference)"},
		"memory":              {long, entrypoint.MaxDecoded(6000), ""},
		"memory, too much":    {long, entrypoint.MaxDecoded(4000), "argument 1 (string) makes the arguments need more than 4000 bytes of memory (store the data and pass a reference)"},
		"depth":               {deep, entrypoint.MaxDepth(4), ""},
		"depth, too much":     {deep, entrypoint.MaxDepth(3), "argument 1 (interface {}) is nested more than 3 deep (flatten it)"},
		"room for less":       {long, entrypoint.MaxHeld(1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newExecutor(quiet, c.opt).Execute(t.Context(), deliveryOf(t, c.call))
			switch {
			case c.err == "":
				if r.Err != nil {
					t.Errorf("Execute = %v, want it executed", r.Err)
				}
			case r.Err == nil || !strings.HasSuffix(r.Err.Error(), c.err) || r.Reason != entrypoint.ReasonTooLarge || r.Outcome != entrypoint.Retry:
				t.Errorf("Execute = %v for %q, %v; want retry, too large, %s", r.Outcome, r.Reason, r.Err, c.err)
			}
		})
	}
}

var takesAny = dispatch.Register(takeAny)

func takeAny(ctx context.Context, _ any) error { note(ctx); return nil }

// Large calls wait for each other, and fail if they wait too long. Small calls do not wait.
func TestMaxHeld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newExecutor(quiet, entrypoint.MaxHeld(4<<20))
		call := func(ctx context.Context, size int) entrypoint.Result {
			return e.Execute(ctx, deliveryOf(t, func(ctx context.Context) error { return linger.Call(ctx, strings.Repeat("x", size)) }))
		}
		start := time.Now()
		ended := make(chan time.Duration, 3)
		for range 2 {
			go func() {
				if r := call(t.Context(), 2<<20); r.Err != nil {
					t.Error(r.Err)
				}
				ended <- time.Since(start)
			}()
		}
		synctest.Wait()
		go func() {
			if r := call(t.Context(), 10); r.Err != nil {
				t.Error(r.Err)
			}
			ended <- time.Since(start)
		}()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r := call(ctx, 2<<20)
		if want := "make room for the arguments of " + pkg + "takeItsTime: other messages hold the available 4194304 bytes: context deadline exceeded (raise entrypoint.MaxHeld, or run more callees)"; r.Reason != entrypoint.ReasonOverload || !strings.HasSuffix(r.Err.Error(), want) {
			t.Errorf("Execute = %v for %q, %v; want %s", r.Outcome, r.Reason, r.Err, want)
		}
		for _, want := range []time.Duration{time.Minute, time.Minute, 2 * time.Minute} {
			if got := <-ended; got != want {
				t.Errorf("a call ended after %v, want %v", got, want)
			}
		}
	})
}

var linger = dispatch.Register(takeItsTime)

func takeItsTime(context.Context, string) error { time.Sleep(time.Minute); return nil }

// A call that waits for memory does not start after the callee was told to stop.
func TestMaxHeld_stop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newExecutor(quiet, entrypoint.MaxHeld(1<<20))
		results := make(chan entrypoint.Result, 3)
		for range 3 {
			go func() {
				results <- e.Execute(t.Context(), deliveryOf(t, func(ctx context.Context) error { return linger.Call(ctx, strings.Repeat("x", 1<<20)) }))
			}()
		}
		synctest.Wait()
		e.Stop()
		start := time.Now()
		for range 2 {
			if r := <-results; r.Reason != entrypoint.ReasonStopped || time.Since(start) > 0 {
				t.Errorf("%v for %q, %v after %v; want it refused at once", r.Outcome, r.Reason, r.Err, time.Since(start))
			}
		}
		if r := <-results; r.Err != nil {
			t.Errorf("the running call: %v", r.Err)
		}
	})
}

// A call holds the memory that its arguments need, not the worst case for their length. So
// other calls of the same function need not wait.
func TestMaxHeld_measured(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newExecutor(quiet, entrypoint.MaxHeld(4<<20))
		long := deliveryOf(t, func(ctx context.Context) error {
			return takesMap.Call(ctx, map[string]string{"text": strings.Repeat("x", 320_000)})
		})
		go e.Execute(t.Context(), long)
		synctest.Wait()
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		if r := e.Execute(ctx, deliveryOf(t, func(ctx context.Context) error {
			return takesMap.Call(ctx, map[string]string{"a": strings.Repeat("x", 2000)})
		})); r.Err != nil || time.Since(start) != time.Minute {
			t.Errorf("a small call beside a long one: %v after %v, want it executed at once, for a minute", r.Err, time.Since(start))
		}
		synctest.Wait()
	})
}

var takesMap = dispatch.Register(takeMap)

func takeMap(context.Context, map[string]string) error { time.Sleep(time.Minute); return nil }

// A call that expires while it waits for others is not executed.
func TestExpire_waiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newExecutor(quiet)
		go e.Execute(t.Context(), deliveryOf(t, func(ctx context.Context) error { return single.Call(ctx) }))
		synctest.Wait()
		d := deliveryOf(t, func(ctx context.Context) error { return single.With(dispatch.Expire(time.Second)).Call(ctx) })
		if r := e.Execute(t.Context(), d); r.Outcome != entrypoint.Permanent || r.Reason != entrypoint.ReasonExpired {
			t.Errorf("%v for %q, %v; want permanent, expired", r.Outcome, r.Reason, r.Err)
		}
	})
}

var single = dispatch.Register(takeMinuteAlone, dispatch.Concurrency(1))

func takeMinuteAlone(context.Context) error { time.Sleep(time.Minute); return nil }

// The limits of the options are those of the packages that enforce them.
func TestLimits_ofCallers(t *testing.T) {
	t.Parallel()
	if config.MaxArgs != envelope.MaxArgs || config.MaxDepth != codec.Default.Depth {
		t.Errorf("the options allow %d bytes and a depth of %d, callers %d and %d", config.MaxArgs, config.MaxDepth, envelope.MaxArgs, codec.Default.Depth)
	}
}
