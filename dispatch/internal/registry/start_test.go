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

func plain(f func() error) error { return f() }

// Each function of OnStart succeeds once, in order; one that fails is tried
// again by the next Start, those before it are not.
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
		if err := r.Start(t.Context(), plain); !errors.Is(err, want) {
			t.Errorf("Start %d = %v, want %v", i+1, err, want)
		}
	}
	if want := []string{"a", "b", "b", "b", "c"}; !slices.Equal(ran, want) {
		t.Errorf("got %q to run, want %q", ran, want)
	}
}

// Deliveries wait for the one attempt under way, and an impatient one does not
// end it.
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
	var impatient error
	var wg sync.WaitGroup
	wg.Go(func() { impatient = r.Start(first, plain) })
	<-running
	cancel()
	wg.Wait()
	if !errors.Is(impatient, context.Canceled) || !strings.Contains(impatient.Error(), "OnStart still runs") {
		t.Errorf("Start with a context that ends = %v, want one that says that OnStart still runs", impatient)
	}
	for range 10 {
		wg.Go(func() {
			if err := r.Start(t.Context(), plain); err != nil {
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
