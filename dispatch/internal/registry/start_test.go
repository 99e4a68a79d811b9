package registry_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/registry"
)

// unprotected calls f. It stands for the executor's protection against panics.
func unprotected(f func() error) error { return f() }

// Each function of OnStart succeeds once, in order. If a function fails, the next Start
// runs it again, but not the functions before it.
func TestStart_untilItSucceeds(t *testing.T) {
	t.Parallel()
	var r registry.Registry
	var ran []string
	failures := 2
	errNotYet := errors.New("not yet")
	r.OnStart(func(context.Context) error { ran = append(ran, "a"); return nil })
	r.OnStart(func(context.Context) error {
		ran = append(ran, "b")
		if failures--; failures >= 0 {
			return errNotYet
		}
		return nil
	})
	r.OnStart(func(context.Context) error { ran = append(ran, "c"); return nil })
	for i, want := range []error{errNotYet, errNotYet, nil, nil} {
		if err := r.Start(t.Context(), unprotected); !errors.Is(err, want) {
			t.Errorf("Start %d = %v, want %v", i+1, err, want)
		}
	}
	if want := []string{"a", "b", "b", "b", "c"}; !slices.Equal(ran, want) {
		t.Errorf("got %q to run, want %q", ran, want)
	}
}

// Deliveries wait for the attempt that is running. If the context of a delivery ends,
// the attempt continues.
func TestStart_concurrent(t *testing.T) {
	t.Parallel()
	var r registry.Registry
	running, open := make(chan struct{}), make(chan struct{})
	n := 0
	r.OnStart(func(ctx context.Context) error {
		n++
		close(running)
		<-open
		return ctx.Err()
	})
	first, cancel := context.WithCancel(t.Context())
	var canceled error
	var wg sync.WaitGroup
	wg.Go(func() { canceled = r.Start(first, unprotected) })
	<-running
	cancel()
	wg.Wait()
	if !errors.Is(canceled, context.Canceled) || !strings.Contains(canceled.Error(), "OnStart is still running") {
		t.Errorf("Start with a canceled context = %v, want an error that OnStart is still running", canceled)
	}
	for range 10 {
		wg.Go(func() {
			if err := r.Start(t.Context(), unprotected); err != nil {
				t.Errorf("Start = %v, want nil", err)
			}
		})
	}
	close(open)
	wg.Wait()
	if n != 1 {
		t.Errorf("OnStart ran %d times, want 1", n)
	}
}
