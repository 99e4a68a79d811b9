package registry

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// A starter runs what a callee needs before its first call.
type starter struct {
	mu      sync.Mutex
	pending []func(context.Context) error // those that have not succeeded yet
	current *attempt                      // the one under way; nil if none
}

// An attempt at starting is shared by the deliveries that wait for it.
type attempt struct {
	done chan struct{}
	err  error // read after done
}

// OnStart adds fn to what Start runs.
func (r *Registry) OnStart(fn func(context.Context) error) {
	r.start.mu.Lock()
	defer r.start.mu.Unlock()
	r.start.pending = append(r.start.pending, fn)
}

// Start runs each function of OnStart that has not succeeded yet, in order, or
// waits for the one who does, until ctx is done. After an error the next Start
// goes on with the function that returned it.
//
// The functions run under the values of ctx but not its end: what they open
// outlives the delivery that was the first.
func (r *Registry) Start(ctx context.Context, protect func(func() error) error) error {
	s := &r.start
	s.mu.Lock()
	if len(s.pending) == 0 {
		s.mu.Unlock()
		return nil
	}
	if s.current == nil {
		s.current = &attempt{done: make(chan struct{})}
		go s.run(context.WithoutCancel(ctx), s.current, protect)
	}
	a := s.current
	s.mu.Unlock()
	select {
	case <-a.done:
		return a.err
	case <-ctx.Done():
		return fmt.Errorf("%w while OnStart still runs (deliver again later)", ctx.Err())
	}
}

func (s *starter) run(ctx context.Context, a *attempt, protect func(func() error) error) {
	for {
		s.mu.Lock()
		if a.err != nil || len(s.pending) == 0 {
			s.current = nil
			close(a.done)
			s.mu.Unlock()
			return
		}
		fn := s.pending[0]
		s.mu.Unlock()
		err := protect(func() error { return fn(ctx) })
		s.mu.Lock()
		if a.err = err; err == nil {
			s.pending = slices.Delete(s.pending, 0, 1)
		}
		s.mu.Unlock()
	}
}
