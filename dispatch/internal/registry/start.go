package registry

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// A starter runs the functions of OnStart before a callee's first call.
type starter struct {
	mu      sync.Mutex
	pending []func(context.Context) error // that have not succeeded yet
	current *attempt                      // in progress; nil if there is none
}

// An attempt runs the pending functions. The deliveries that wait for it share it.
type attempt struct {
	done chan struct{}
	err  error // set when done is closed
}

// OnStart adds fn to the functions that Start runs.
func (r *Registry) OnStart(fn func(context.Context) error) {
	r.start.mu.Lock()
	defer r.start.mu.Unlock()
	r.start.pending = append(r.start.pending, fn)
}

// Start runs the functions of OnStart that have not succeeded yet, in order, each by
// protect. If another Start is running them, it waits for that Start. It does not wait
// longer than ctx. After an error, the next Start continues with the function that
// returned it.
//
// The functions get the values of ctx but not its cancellation, because the resources
// that they open outlive the first delivery.
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
		return fmt.Errorf("%w while OnStart is still running (deliver the call again later)", ctx.Err())
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
