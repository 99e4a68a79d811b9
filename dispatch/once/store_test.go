package once_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/once"
)

// If the store hangs and ignores its context, the context of the effect must end before
// another delivery may take the call, and Do must return.
func TestDo_storeHangs(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"lease", "finish", "release"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				hang := make(chan struct{})
				defer close(hang)
				s := &hanging{hang: hang}
				s.where.Store(where)
				start, running := time.Now(), 0
				effect := func(ctx context.Context) error {
					if running++; running > 1 {
						t.Errorf("%d effects run at once", running)
					}
					defer func() { running-- }()
					if where != "lease" {
						return map[string]error{"release": errEffect}[where]
					}
					s.hangs.Store(true)
					<-ctx.Done()
					return context.Cause(ctx)
				}
				first := make(chan error, 1)
				go func() { first <- once.Do(callContext(t.Context(), "a.b", "1"), s, effect) }()
				err := <-first
				if took := time.Since(start); err == nil || took > 2*time.Minute {
					t.Errorf("Do = %v after %v, want an error within twice the lease", err, took)
				}
				s.hangs.Store(false)
				s.where.Store("")
				time.Sleep(time.Minute - min(time.Since(start), time.Minute)) // until the lease has ended
				if err := once.Do(callContext(t.Context(), "a.b", "1"), s, func(context.Context) error { return nil }); err != nil {
					t.Errorf("Do once the store answers = %v, want nil", err)
				}
			})
		})
	}
}

// A hanging store ignores its context.
type hanging struct {
	once.Memory
	where atomic.Value // the method that hangs: finish or release
	hang  chan struct{}
	hangs atomic.Bool // whether Lease hangs
}

func (s *hanging) Lease(ctx context.Context, key, owner string, d time.Duration) (once.State, error) {
	if s.hangs.Load() {
		<-s.hang
	}
	return s.Memory.Lease(ctx, key, owner, d)
}

func (s *hanging) Finish(ctx context.Context, key, owner string) error {
	if s.where.Load() == "finish" {
		<-s.hang
	}
	return s.Memory.Finish(ctx, key, owner)
}

func (s *hanging) Release(ctx context.Context, key, owner string) error {
	if s.where.Load() == "release" {
		<-s.hang
	}
	return s.Memory.Release(ctx, key, owner)
}

// A panic of the store is not a success, not even panic(nil) with GODEBUG=panicnil=1.
func TestDo_panicNil(t *testing.T) {
	t.Setenv("GODEBUG", "panicnil=1")
	s := &remote{finish: func() error { panic(nil) }}
	if err := once.Do(callContext(t.Context(), "a.b", "1"), s, func(context.Context) error { return nil }, once.Lease(time.Second)); err == nil {
		t.Error("Do = nil although the mark was not set, want an error")
	}
	s = &remote{lease: func() error { panic(nil) }}
	if err := once.Do(callContext(t.Context(), "a.b", "2"), s, func(context.Context) error { t.Error("the effect ran"); return nil }); err == nil {
		t.Error("Do = nil although there is no lease, want an error")
	}
}

// A failed extension is harmless if the next one succeeds.
func TestDo_storeRecovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		s := &remote{lease: func() error {
			if asked++; asked%2 == 0 {
				return errDown
			}
			return nil
		}}
		err := once.Do(callContext(t.Context(), "a.b", "1"), s, func(ctx context.Context) error {
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-time.After(time.Hour):
				return nil
			}
		})
		if err != nil {
			t.Errorf("Do = %v although every second request succeeds, want nil", err)
		}
	})
}

// The key is released after the last extension, not before.
func TestDo_releaseIsLast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &slow{}
		ctx := callContext(t.Context(), "a.b", "1")
		fails := func(context.Context) error {
			s.delay.Store(int64(time.Second))
			time.Sleep(20*time.Second + 500*time.Millisecond) // while the lease is extended
			return errEffect
		}
		if err := once.Do(ctx, s, fails); !errors.Is(err, errEffect) {
			t.Fatalf("Do = %v, want %v", err, errEffect)
		}
		s.delay.Store(0)
		if err := once.Do(ctx, s, func(context.Context) error { return nil }); err != nil {
			t.Errorf("Do after the release = %v, want nil", err)
		}
	})
}

// A slow store delays its leases, even if nobody waits for them any more.
type slow struct {
	once.Memory
	delay atomic.Int64
}

func (s *slow) Lease(ctx context.Context, key, owner string, d time.Duration) (once.State, error) {
	time.Sleep(time.Duration(s.delay.Load()))
	return s.Memory.Lease(ctx, key, owner, d)
}
