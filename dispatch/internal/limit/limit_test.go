package limit_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/limit"
)

var errCause = errors.New("it took too long")

type key struct{}

func of(parent context.Context, d time.Duration) *limit.Context {
	c := new(limit.Context)
	c.Init(parent, time.Now().Add(d), errCause)
	return c
}

// TestContext compares a Context with one of context.WithDeadlineCause: at each moment
// both have the same error, cause and deadline, whether or not somebody waits.
func TestContext(t *testing.T) {
	t.Parallel()
	cancelParent := func(cancel context.CancelCauseFunc, _ func()) { cancel(context.DeadlineExceeded) }
	stop := func(_ context.CancelCauseFunc, stop func()) { stop() }
	for name, test := range map[string]struct {
		parent, own time.Duration // deadlines
		after       time.Duration
		do          func(cancel context.CancelCauseFunc, stop func())
		waits       bool
	}{
		"not yet":               {time.Hour, time.Minute, time.Second, nil, false},
		"not yet, waiting":      {time.Hour, time.Minute, time.Second, nil, true},
		"over":                  {time.Hour, time.Minute, time.Minute, nil, false},
		"over, waiting":         {time.Hour, time.Minute, time.Minute, nil, true},
		"parent over":           {time.Second, time.Minute, time.Second, nil, false},
		"parent over, waiting":  {time.Second, time.Minute, time.Second, nil, true},
		"parent done":           {time.Hour, time.Minute, time.Second, cancelParent, false},
		"parent done, waiting":  {time.Hour, time.Minute, time.Second, cancelParent, true},
		"stopped":               {time.Hour, time.Minute, time.Second, stop, false},
		"stopped, waiting":      {time.Hour, time.Minute, time.Second, stop, true},
		"stopped after its end": {time.Hour, time.Minute, time.Hour, stop, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancelTimer := context.WithTimeout(context.WithValue(t.Context(), key{}, 1), test.parent)
				defer cancelTimer()
				ctx, cancel := context.WithCancelCause(ctx)
				defer cancel(nil)
				want, stopWant := context.WithDeadlineCause(ctx, time.Now().Add(test.own), errCause)
				defer stopWant()
				got := of(ctx, test.own)
				defer got.Stop()
				if test.waits {
					got.Done()
				}
				time.Sleep(test.after)
				synctest.Wait()
				if test.do != nil {
					test.do(cancel, func() { stopWant(); got.Stop() })
				}
				deadline, ok := got.Deadline()
				if d, _ := want.Deadline(); !ok || !deadline.Equal(d) {
					t.Errorf("Deadline = %v, %v; want %v", deadline, ok, d)
				}
				if cause, want := context.Cause(got), context.Cause(want); cause != want {
					t.Errorf("Cause = %v, want %v", cause, want)
				}
				if got.Err() != want.Err() {
					t.Errorf("Err = %v, want %v", got.Err(), want.Err())
				}
				select {
				case <-got.Done():
					if want.Err() == nil {
						t.Error("it is done")
					}
				default:
					if want.Err() != nil {
						t.Error("it is not done")
					}
				}
				if got.Value(key{}) != 1 {
					t.Error("the parent's value is lost")
				}
			})
		})
	}
}

// TestContext_child: a child ends with the context, without a goroutine that waits for it.
func TestContext_child(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := of(t.Context(), time.Minute)
		defer c.Stop()
		before := runtime.NumGoroutine()
		var children []context.Context
		for range 100 {
			child, cancel := context.WithCancel(c)
			defer cancel()
			children = append(children, child)
		}
		if after := runtime.NumGoroutine(); after > before+50 {
			t.Errorf("100 children started %d goroutines", after-before)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		for _, child := range children {
			if child.Err() != context.DeadlineExceeded || context.Cause(child) != errCause {
				t.Fatalf("the child has %v, %v; want %v, %v", child.Err(), context.Cause(child), context.DeadlineExceeded, errCause)
			}
		}
	})
}

// TestContext_until: the context ends with its parent or the other one, whichever is done
// first, with or without somebody who waits, and has the parent's deadline.
func TestContext_until(t *testing.T) {
	t.Parallel()
	for _, waits := range []bool{false, true} {
		for _, ends := range []string{"nothing", "parent", "end", "before"} {
			synctest.Test(t, func(t *testing.T) {
				parent, cancelParent := context.WithCancel(t.Context())
				end, cancelEnd := context.WithCancel(t.Context())
				defer cancelParent()
				defer cancelEnd()
				if ends == "before" {
					cancelEnd()
				}
				c := new(limit.Context)
				c.InitUntil(parent, end)
				defer c.Stop()
				if waits {
					c.Done()
				}
				child, cancel := context.WithCancel(c)
				defer cancel()
				switch ends {
				case "parent":
					cancelParent()
				case "end":
					cancelEnd()
				}
				synctest.Wait()
				var want error
				if ends != "nothing" {
					want = context.Canceled
				}
				if c.Err() != want || context.Cause(c) != want || child.Err() != want {
					t.Errorf("%s, waits %v: Err, Cause, child = %v, %v, %v; want %v", ends, waits, c.Err(), context.Cause(c), child.Err(), want)
				}
				if _, ok := c.Deadline(); ok {
					t.Error("it has a deadline")
				}
			})
		}
	}
}

// A late context has a deadline, but is never done.
type late struct {
	context.Context
	deadline time.Time
}

func (l late) Deadline() (time.Time, bool) { return l.deadline, true }

// TestContext_laterThanParent: if the parent's deadline is earlier, only the parent ends the
// context, with its own cause. A timer for the same moment might be faster.
func TestContext_laterThanParent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		parent := late{t.Context(), time.Now().Add(time.Second)}
		want, cancel := context.WithDeadlineCause(parent, time.Now().Add(time.Minute), errCause)
		defer cancel()
		got := of(parent, time.Minute)
		defer got.Stop()
		got.Done()
		time.Sleep(time.Hour)
		synctest.Wait()
		if got.Err() != want.Err() || context.Cause(got) != context.Cause(want) {
			t.Errorf("Err, Cause = %v, %v; want %v, %v", got.Err(), context.Cause(got), want.Err(), context.Cause(want))
		}
		if d, ok := got.Deadline(); !ok || !d.Equal(parent.deadline) {
			t.Errorf("Deadline = %v, %v; want %v", d, ok, parent.deadline)
		}
	})
}
