package once_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/registry"
	"github.com/cloud-functions-dispatch/go/dispatch/once"
	"github.com/cloud-functions-dispatch/go/dispatch/once/oncetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// callContext returns the context of a function that executes the call.
func callContext(ctx context.Context, name, id string) context.Context {
	return registry.Invoke(ctx, registry.Info{Name: name, ID: id})
}

var errEffect = errors.New("the effect failed")

func TestDo(t *testing.T) {
	t.Parallel()
	var s once.Memory
	ctx := callContext(t.Context(), "a.b", "1")
	runs := 0
	effect := func(err error) func(context.Context) error {
		return func(context.Context) error {
			runs++
			return err
		}
	}
	if err := once.Do(ctx, &s, effect(errEffect)); !errors.Is(err, errEffect) || runs != 1 {
		t.Fatalf("the first Do = %v after %d runs, want the effect's error after 1", err, runs)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("Do recovered the panic of the effect")
			}
		}()
		_ = once.Do(ctx, &s, func(context.Context) error { panic("no luck") })
	}()
	for range 3 {
		if err := once.Do(ctx, &s, effect(nil)); err != nil || runs != 2 {
			t.Fatalf("Do = %v after %d runs, want nil after 2", err, runs)
		}
	}
	for name, other := range map[string]func() error{
		"another ID":       func() error { return once.Do(callContext(t.Context(), "a.b", "2"), &s, effect(nil)) },
		"another function": func() error { return once.Do(callContext(t.Context(), "a.c", "1"), &s, effect(nil)) },
		"another step":     func() error { return once.Do(ctx, &s, effect(nil), once.Step("mail")) },
		"not a boundary":   func() error { return once.Do(callContext(t.Context(), "a.b1", ""), &s, effect(nil)) },
	} {
		before := runs
		if err := other(); err != nil || runs != before+1 {
			t.Errorf("%s: %v, %d runs more, want 1", name, err, runs-before)
		}
	}
	if err := once.Do(t.Context(), &s, effect(nil)); !errors.Is(err, once.ErrNoCall) {
		t.Errorf("Do without a call = %v, want %v", err, once.ErrNoCall)
	}
}

// One of many concurrent deliveries runs the effect.
func TestDo_concurrent(t *testing.T) {
	t.Parallel()
	var s once.Memory
	var mu sync.Mutex
	runs, busy := 0, 0
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			err := once.Do(callContext(t.Context(), "a.b", "1"), &s, func(context.Context) error {
				mu.Lock()
				defer mu.Unlock()
				runs++
				return nil
			})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case errors.Is(err, once.ErrBusy):
				busy++
			case err != nil:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if runs != 1 {
		t.Errorf("the effect ran %d times (%d deliveries found it busy), want once", runs, busy)
	}
}

// A dead process blocks other deliveries until its lease has ended. A living one blocks
// them while its effect runs.
func TestDo_lease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s once.Memory
		ctx := callContext(t.Context(), "a.b", "1")
		key, err := once.Key(ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		if state, err := s.Lease(ctx, key, "a dead process", time.Minute); state != once.Taken || err != nil {
			t.Fatalf("Lease = %v, %v", state, err)
		}
		runs := 0
		long := func(context.Context) error {
			runs++
			time.Sleep(10 * time.Minute)
			return nil
		}
		time.Sleep(59 * time.Second)
		if err := once.Do(ctx, &s, long); !errors.Is(err, once.ErrBusy) || runs > 0 {
			t.Errorf("Do within the lease = %v after %d runs, want %v", err, runs, once.ErrBusy)
		}
		time.Sleep(time.Second)
		done := make(chan error)
		go func() { done <- once.Do(ctx, &s, long, once.Lease(30*time.Second)) }()
		time.Sleep(9 * time.Minute)
		if err := once.Do(ctx, &s, long); !errors.Is(err, once.ErrBusy) {
			t.Errorf("Do while the effect runs = %v, want %v", err, once.ErrBusy)
		}
		if err := <-done; err != nil || runs != 1 {
			t.Errorf("Do after the lease = %v after %d runs, want nil after 1", err, runs)
		}
	})
}

// A losing store gives each lease to another owner after half of its duration.
type losing struct{ *once.Memory }

func (s losing) Lease(ctx context.Context, key, owner string, d time.Duration) (once.State, error) {
	state, err := s.Memory.Lease(ctx, key, owner, d)
	time.AfterFunc(d/2, func() {
		_ = s.Release(ctx, key, owner)
		_, _ = s.Memory.Lease(ctx, key, "another", time.Hour)
	})
	return state, err
}

// If the lease is lost, the context of the effect ends, and the effect is not marked.
func TestDo_lost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := losing{new(once.Memory)}
		err := once.Do(callContext(t.Context(), "a.b", "1"), s, func(ctx context.Context) error {
			<-ctx.Done()
			return context.Cause(ctx)
		})
		if err == nil || err.Error() != "once: the lease was lost (another delivery may have run meanwhile)" {
			t.Errorf("Do = %v, want that the lease was lost", err)
		}
		err = once.Do(callContext(t.Context(), "a.b", "2"), s, func(context.Context) error {
			time.Sleep(time.Minute)
			return nil // it ignored its context
		})
		if err == nil || err.Error() != "once: mark the call as done: the owner does not have the lease" {
			t.Errorf("Do = %v, want that the call could not be marked", err)
		}
	})
}

// A remote store respects its context. It fails if its functions do.
type remote struct {
	once.Memory
	lease, finish func() error // nil for success
}

func (s *remote) Lease(ctx context.Context, key, owner string, d time.Duration) (once.State, error) {
	if err := fails(ctx, s.lease); err != nil {
		return once.Busy, err
	}
	return s.Memory.Lease(ctx, key, owner, d)
}

func (s *remote) Finish(ctx context.Context, key, owner string) error {
	if err := fails(ctx, s.finish); err != nil {
		return err
	}
	return s.Memory.Finish(ctx, key, owner)
}

func fails(ctx context.Context, f func() error) error {
	if err := ctx.Err(); err != nil || f == nil {
		return err
	}
	return f()
}

var errDown = errors.New("connection refused")

// The lease is kept while the effect runs, even after the function has timed out.
func TestDo_outlivesContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := new(remote)
		call := callContext(t.Context(), "a.b", "1")
		ctx, cancel := context.WithTimeout(call, 10*time.Second)
		defer cancel()
		done := make(chan error)
		go func() {
			done <- once.Do(ctx, s, func(context.Context) error {
				time.Sleep(5 * time.Minute)
				return nil
			})
		}()
		time.Sleep(4 * time.Minute)
		if err := once.Do(call, s, func(context.Context) error { return nil }); !errors.Is(err, once.ErrBusy) {
			t.Errorf("Do while the effect runs = %v, want %v", err, once.ErrBusy)
		}
		if err := <-done; err != nil {
			t.Errorf("Do = %v, want that the effect is marked", err)
		}
	})
}

// If the store cannot be reached, the context of the effect ends before the lease.
func TestDo_storeIsDown(t *testing.T) {
	t.Parallel()
	var hangs atomic.Int32
	for name, fail := range map[string]func() error{
		"error": func() error { return errDown },
		"panic": func() error { panic(errDown) },
		"hang": func() error { // from the second request on
			if hangs.Add(1) > 1 {
				time.Sleep(20 * time.Second) // as long as Do waits
			}
			return errDown
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var down atomic.Bool
				s := &remote{lease: func() error {
					if down.Load() {
						return fail()
					}
					return nil
				}}
				start := time.Now()
				err := once.Do(callContext(t.Context(), "a.b", "1"), s, func(ctx context.Context) error {
					down.Store(true)
					<-ctx.Done()
					return context.Cause(ctx)
				})
				if took := time.Since(start); err == nil || took >= time.Minute {
					t.Errorf("Do = %v after %v, want an error within the lease of a minute", err, took)
				}
			})
		})
	}
}

// If the mark cannot be set, the effect does not run again before the lease has ended.
func TestDo_finishFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		runs, attempts := 0, 0
		effect := func(context.Context) error {
			runs++
			return nil
		}
		s := &remote{finish: func() error {
			if attempts++; attempts == 1 {
				return errDown
			}
			return nil
		}}
		if err := once.Do(callContext(t.Context(), "a.b", "1"), s, effect); err != nil || runs != 1 {
			t.Errorf("Do = %v after %d runs, want nil: the second attempt to mark it succeeds", err, runs)
		}
		s.finish = func() error { return errDown }
		ctx := callContext(t.Context(), "a.b", "2")
		if err := once.Do(ctx, s, effect); !errors.Is(err, errDown) {
			t.Errorf("Do = %v, want %v", err, errDown)
		}
		if err := once.Do(ctx, s, effect); !errors.Is(err, once.ErrBusy) || runs != 2 {
			t.Errorf("Do within the lease = %v after %d runs, want %v", err, runs, once.ErrBusy)
		}
	})
}

func TestMemory_conformance(t *testing.T) { oncetest.Run(t, new(once.Memory)) }

// An effect within itself is not reported as another delivery.
func TestDo_nested(t *testing.T) {
	t.Parallel()
	var s once.Memory
	var inner, step error
	err := once.Do(callContext(t.Context(), "a.b", "1"), &s, func(ctx context.Context) error {
		nothing := func(context.Context) error { return nil }
		inner = once.Do(ctx, &s, nothing)
		step = once.Do(ctx, &s, nothing, once.Step("two"))
		return nil
	})
	if err != nil || step != nil || inner == nil || errors.Is(inner, once.ErrBusy) || !strings.Contains(inner.Error(), "give each effect of a call its own step") {
		t.Errorf("Do = %v, within it %v, and as a step %v; want an error within it that says why", err, inner, step)
	}
}
