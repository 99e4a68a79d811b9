// Package once runs the effect of a call once, however often the call is delivered. A
// mark in a store records that the effect has happened. The key of the mark contains
// the ID of the call, which is the same for each delivery. The caller may choose it
// with dispatch.ID.
//
// # Guarantees
//
// If effect and mark commit together, as in package oncesql, the effect happens exactly
// once: a crash between them undoes both.
//
// With [Do], the effect is elsewhere, and the mark is set after the effect has
// succeeded. While one delivery of a call is running, other deliveries fail and are
// retried. After the mark is set, the effect does not run again for as long as the
// store keeps marks.
//
// If the process dies or loses the store between effect and mark, the effect runs again
// after the lease has ended. Two runs overlap only if a process stalls or cannot reach
// the store for as long as the lease, and the effect does not return when its context
// ends.
//
// A mark belongs to the name of the function. If the function is renamed between two
// deliveries of a call, they count as deliveries of two calls, even if it has the old
// name as an alias.
package once

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/once/internal/nest"
	"github.com/cloud-functions-dispatch/go/internal/option"
)

// A State is the state of a key in a store.
type State int

const (
	Taken State = iota // leased to this owner from now on
	Busy               // leased to another owner
	Done               // the effect has happened
)

// A Store keeps leases and marks. It is safe for concurrent use, and for use by several
// processes unless its documentation says otherwise.
type Store interface {
	// Lease leases key to owner for the duration d from now, unless it is done or
	// leased to another owner. If owner already has the lease, it is extended.
	Lease(ctx context.Context, key, owner string, d time.Duration) (State, error)

	// Finish marks key as done if owner has the lease, and returns an error otherwise.
	// The same owner may call it again.
	Finish(ctx context.Context, key, owner string) error

	// Release ends the lease of owner. It does nothing if key is done, or if another
	// owner has the lease.
	Release(ctx context.Context, key, owner string) error
}

// ErrBusy is returned by [Do] while another delivery of the call is running. Return it
// from your function, so that this delivery is retried: the other one may fail.
var ErrBusy = errors.New("once: another delivery of the call is still running (this one will be retried)")

// ErrNoCall is returned if the context has no call, and therefore no ID.
var ErrNoCall = errors.New("once: there is no call in the context (pass the context that the function received; in a test, make one with dispatchtest)")

// Key returns the key for one step of the call that is executed under ctx. It is made
// from the function's name, the ID and the step, and has 64 characters. The name is
// needed because callers of different functions may choose the same ID. The step is
// empty for a call with one effect.
func Key(ctx context.Context, step string) (string, error) {
	info, ok := dispatch.FromContext(ctx)
	if !ok {
		return "", ErrNoCall
	}
	h := sha256.New()
	for _, part := range []string{info.Name, info.ID, step} {
		fmt.Fprintf(h, "%d %s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// An Option configures [Do]. A nil option is ignored. Do returns an error if a value is
// out of range.
type Option interface{ apply(*options) error }

type setting func(*options) error

func (f setting) apply(c *options) error { return f(c) }

type options struct {
	step  string
	lease time.Duration
}

// Step names one of several effects of a call. The default is the empty name, for a call
// with one effect.
func Step(name string) Option {
	return setting(func(o *options) error {
		o.step = name
		return nil
	})
}

// Lease sets for how long other deliveries still fail with ErrBusy after the process
// has died. The lease is extended while the effect runs. The duration must be at least
// a second. The default is a minute.
func Lease(d time.Duration) Option {
	return setting(func(o *options) error { return option.AtLeast(&o.lease, "Lease", d, time.Second) })
}

// Do runs effect for the call that is executed under ctx, unless the effect has
// happened. It returns nil if the effect has happened and is marked, now or by an
// earlier delivery. It returns [ErrBusy] while another delivery is running, and
// otherwise the error of effect or of the store. An effect that fails or panics may run
// again. The context of effect ends when the lease is lost.
func Do(ctx context.Context, s Store, effect func(context.Context) error, opts ...Option) error {
	o := options{lease: time.Minute}
	if err := option.Each(opts, func(opt Option) error { return opt.apply(&o) }); err != nil {
		return fmt.Errorf("once: %w", err)
	}
	key, err := Key(ctx, o.step)
	if err != nil {
		return err
	}
	if ctx, err = nest.Enter(ctx, key); err != nil {
		return err
	}
	l := &heldLease{store: s, key: key, owner: rand.Text(), lease: o.lease, since: time.Now()}
	state, err := askStore(ctx, l, nil, l.acquire)
	switch {
	case err != nil:
		return fmt.Errorf("once: lease the call: %w", err)
	case state == Done:
		return nil
	case state == Busy:
		return ErrBusy
	}
	happened := false
	defer func() {
		if !happened { // it failed, or panicked
			l.release(ctx)
		}
	}()
	if err := l.runEffect(ctx, effect); err != nil {
		return err
	}
	happened = true
	if err := l.finish(ctx); err != nil {
		return fmt.Errorf("once: mark the call as done: %w", err)
	}
	return nil
}

// A heldLease is one lease of a key. While the effect runs, requests to the store do
// not end with the function's context, since the effect may run longer.
type heldLease struct {
	store      Store
	key, owner string
	lease      time.Duration
	since      time.Time // start of the last request that the store granted
	unanswered bool      // a request is unanswered, and may still take the key
}

// runEffect runs effect and extends the lease meanwhile. It ends the context of effect
// when a third of the lease is left, whatever the store is doing.
func (l *heldLease) runEffect(ctx context.Context, effect func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	lost := time.AfterFunc(l.timeLeft(), func() { cancel(errLost) })
	ended, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		next := time.NewTimer(l.lease / 3)
		defer next.Stop()
		for {
			select {
			case <-ended:
				return
			case <-next.C:
			}
			taken, err := l.extend(ctx, ended)
			switch {
			case err != nil: // try again, until the effect has to end
				next.Reset(l.lease / 12)
			case taken && lost.Reset(l.timeLeft()):
				next.Reset(l.lease / 3)
			default:
				cancel(errLost)
				return
			}
		}
	}()
	defer func() {
		close(ended)
		lost.Stop()
		cancel(nil)
		<-stopped
	}()
	return effect(ctx)
}

// timeLeft returns how long the effect may still run if the lease is not extended.
func (l *heldLease) timeLeft() time.Duration { return time.Until(l.since.Add(l.lease - l.lease/3)) }

// extend asks the store to extend the lease, and reports whether it did. It gives up
// when ended is closed.
func (l *heldLease) extend(ctx context.Context, ended <-chan struct{}) (taken bool, err error) {
	now := time.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.timeLeft())
	defer cancel()
	state, err := askStore(ctx, l, ended, l.acquire)
	if err == nil && state == Taken {
		l.since = now
	}
	return state == Taken, err
}

// acquire asks the store for the lease.
func (l *heldLease) acquire(ctx context.Context) (State, error) {
	return l.store.Lease(ctx, l.key, l.owner, l.lease)
}

// finish sets the mark, in up to three attempts. A late attempt is safe: the store
// refuses it if another owner has the key.
func (l *heldLease) finish(ctx context.Context) (err error) {
	ctx = context.WithoutCancel(ctx)
	for n := range 3 {
		if n > 0 {
			time.Sleep(l.lease / 100)
		}
		if _, err = askStore(ctx, l, nil, func(ctx context.Context) (struct{}, error) { return struct{}{}, l.store.Finish(ctx, l.key, l.owner) }); err == nil {
			return nil
		}
	}
	return err
}

// release ends the lease, unless an unanswered request may take the key again after
// that. If it is not released, the lease ends by itself.
func (l *heldLease) release(ctx context.Context) {
	if !l.unanswered {
		_, _ = askStore(context.WithoutCancel(ctx), l, nil, func(ctx context.Context) (struct{}, error) { return struct{}{}, l.store.Release(ctx, l.key, l.owner) })
	}
}

// askStore calls request and waits for its result, for a third of the lease, or until
// needless is closed. Then it waits a tenth of the lease longer, for a store that
// respects its context. It calls request in another goroutine, so that a store that
// hangs does not block Do. If the store panics, it returns an error.
func askStore[T any](ctx context.Context, l *heldLease, needless <-chan struct{}, request func(context.Context) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	ctx, cancel := context.WithTimeout(ctx, l.lease/3)
	answers := make(chan answer, 1)
	go func() {
		defer cancel()
		a := answer{err: errors.New("the store ended its goroutine")}
		returned := false
		defer func() {
			if !returned {
				if v := recover(); v != nil {
					a.err = fmt.Errorf("the store panicked: %v", v)
				}
			}
			answers <- a
		}()
		a.value, a.err = request(ctx)
		returned = true
	}()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-ctx.Done():
	case <-needless:
		cancel()
	}
	grace := time.NewTimer(l.lease / 10)
	defer grace.Stop()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-grace.C:
		l.unanswered = true
		var zero T
		return zero, fmt.Errorf("the store does not answer: %w", context.Cause(ctx))
	}
}

var errLost = errors.New("once: the lease was lost (another delivery may have run meanwhile)")
