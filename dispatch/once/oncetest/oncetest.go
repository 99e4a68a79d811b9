// Package oncetest is the conformance suite of stores: it tests the promises of
// [once.Store].
package oncetest

import (
	"crypto/rand"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/once"
)

// Run runs the suite on s, with random keys.
func Run(t *testing.T, s once.Store) {
	t.Run("states", func(t *testing.T) { testStates(t, s) })
	t.Run("lease ends", func(t *testing.T) { testLeaseEnds(t, s) })
	t.Run("concurrent", func(t *testing.T) { testConcurrent(t, s) })
}

func lease(t *testing.T, s once.Store, key, owner string, d time.Duration) once.State {
	t.Helper()
	state, err := s.Lease(t.Context(), key, owner, d)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func testStates(t *testing.T, s once.Store) {
	key := rand.Text()
	want := func(what string, got, want once.State) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got state %d, want %d", what, got, want)
		}
	}
	if err := s.Finish(t.Context(), key, "a"); err == nil {
		t.Error("Finish without a lease = nil, want an error")
	}
	want("the first", lease(t, s, key, "a", time.Minute), once.Taken)
	want("another", lease(t, s, key, "b", time.Minute), once.Busy)
	want("the first again", lease(t, s, key, "a", time.Minute), once.Taken)
	if err := s.Finish(t.Context(), key, "b"); err == nil {
		t.Error("Finish by another owner = nil, want an error")
	}
	if err := s.Release(t.Context(), key, "b"); err != nil {
		t.Error(err)
	}
	want("after another's release", lease(t, s, key, "b", time.Minute), once.Busy)
	if err := s.Release(t.Context(), key, "a"); err != nil {
		t.Error(err)
	}
	want("after its release", lease(t, s, key, "b", time.Minute), once.Taken)
	for range 2 {
		if err := s.Finish(t.Context(), key, "b"); err != nil {
			t.Errorf("Finish = %v, want nil, also a second time", err)
		}
	}
	if err := s.Release(t.Context(), key, "b"); err != nil {
		t.Error(err)
	}
	want("done", lease(t, s, key, "a", time.Minute), once.Done)
	want("done, to its owner", lease(t, s, key, "b", time.Minute), once.Done)
	want("another key", lease(t, s, rand.Text(), "a", time.Minute), once.Taken)
}

// testLeaseEnds checks that an owner that died or stalled loses the key.
func testLeaseEnds(t *testing.T, s once.Store) {
	key := rand.Text()
	const short = 50 * time.Millisecond
	if got := lease(t, s, key, "a", short); got != once.Taken {
		t.Fatalf("got state %d, want %d", got, once.Taken)
	}
	for deadline := time.Now().Add(10 * time.Second); lease(t, s, key, "b", time.Minute) != once.Taken; {
		if time.Now().After(deadline) {
			t.Fatalf("a lease of %v has not ended after 10s", short)
		}
	}
	if err := s.Finish(t.Context(), key, "a"); err == nil {
		t.Error("Finish after the lease was lost = nil, want an error")
	}
}

// testConcurrent checks that one of many owners gets the lease.
func testConcurrent(t *testing.T, s once.Store) {
	key := rand.Text()
	var taken atomic.Int32
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			state, err := s.Lease(t.Context(), key, rand.Text(), time.Minute)
			if err != nil {
				t.Error(err)
			}
			if state == once.Taken {
				taken.Add(1)
			}
		})
	}
	wg.Wait()
	if taken.Load() != 1 {
		t.Errorf("%d owners have the lease, want 1", taken.Load())
	}
}
