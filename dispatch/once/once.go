// Package once runs the effect of a call once, however often the call is
// delivered. The mark that says so has the call's ID, which is the same on each
// delivery, and which the caller may choose (dispatch.ID).
//
// # What is guaranteed
//
// Where effect and mark commit together, as in package oncesql, the effect
// happens exactly once: a crash between them undoes both.
//
// With [Do], the effect is elsewhere, and the mark is set when it has succeeded.
// While one delivery of a call runs, others fail, and are delivered again. The
// effect of a call whose mark is set does not run again, for as long as the store
// keeps marks. It runs again if the process dies, or loses the store, between
// effect and mark, once the lease has ended: at least once then, and the rare
// second time. It runs twice at a time only if a process stalls, or cannot reach
// the store, for as long as the lease, and the effect does not end with its
// context.
//
// A mark belongs to the name of the function: a call that was delivered before
// the function got another name, and is again after that under its alias, counts
// as another call.
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

// A State is what a store knows of a key.
type State int

const (
	Taken State = iota // by this owner, from now on
	Busy               // by another owner, whose lease has not ended
	Done               // its effect has happened
)

// A Store keeps leases and marks. It is safe for concurrent use, also by several
// processes unless it says otherwise.
type Store interface {
	// Lease takes key for owner, for the duration d from now, unless it is done
	// or another has it. An owner that has it has its lease extended.
	Lease(ctx context.Context, key, owner string, d time.Duration) (State, error)

	// Finish marks key as done, if owner has it, and returns an error if not. It
	// may be called again by the owner who has.
	Finish(ctx context.Context, key, owner string) error

	// Release gives key up, if owner has it, unless it is done.
	Release(ctx context.Context, key, owner string) error
}

// ErrBusy is the error of [Do] while another delivery of the call runs. It is
// returned for the delivery to fail: the other one may fail, too.
var ErrBusy = errors.New("once: another delivery of the call runs (it is delivered again)")

// ErrNoCall is the error where there is no call, and so no ID.
var ErrNoCall = errors.New("once: there is no call in the context (pass the one that the function got; a test makes one with dispatchtest)")

// Key returns the key of the call that is executed under ctx, and of one step of
// it: of the function's name, since IDs that callers choose may be those of
// other functions as well, of the ID, and of the step, which is empty where a
// call has one effect only. It has 64 characters.
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

// An Option configures [Do]. A nil option is ignored; a value out of range is an error
// of Do.
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

// Lease is how long another delivery waits for a process that died. The lease is
// extended while the effect runs. The duration must be at least a second. The default is
// a minute.
func Lease(d time.Duration) Option {
	return setting(func(o *options) error { return option.AtLeast(&o.lease, "Lease", d, time.Second) })
}

// Do runs effect unless it has happened, for the call that is executed under
// ctx. It returns nil if it has, [ErrBusy] while another delivery runs it, and
// otherwise what effect returns; an effect that fails, or panics, may run again.
// The context of effect ends when the lease is lost.
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
	t := &taking{store: s, key: key, owner: rand.Text(), lease: o.lease, since: time.Now()}
	state, err := ask(ctx, t, nil, t.take)
	switch {
	case err != nil:
		return fmt.Errorf("once: take the call: %w", err)
	case state == Done:
		return nil
	case state == Busy:
		return ErrBusy
	}
	happened := false
	defer func() {
		if !happened { // it failed, or panicked
			t.release(ctx)
		}
	}()
	if err := t.keep(ctx, effect); err != nil {
		return err
	}
	happened = true
	if err := t.finish(ctx); err != nil {
		return fmt.Errorf("once: mark the call as done: %w", err)
	}
	return nil
}

// A taking is one lease of a key. Once there is an effect, what it asks of the store
// does not end with the function's context, since the effect may not.
type taking struct {
	store      Store
	key, owner string
	lease      time.Duration
	since      time.Time // when the store was last asked for it, and gave it
	pending    bool      // a question is left with the store, which may take the key yet
}

// keep extends the lease for as long as effect runs. The context of effect ends a
// third of the lease before the lease does, whatever the store is doing.
func (t *taking) keep(ctx context.Context, effect func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	lost := time.AfterFunc(t.left(), func() { cancel(errLost) })
	ended, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		next := time.NewTimer(t.lease / 3)
		defer next.Stop()
		for {
			select {
			case <-ended:
				return
			case <-next.C:
			}
			taken, err := t.extend(ctx, ended)
			switch {
			case err != nil: // the store may do better, until the effect has to end
				next.Reset(t.lease / 12)
			case taken && lost.Reset(t.left()):
				next.Reset(t.lease / 3)
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

// left is how long the effect may still run, if the lease is not extended.
func (t *taking) left() time.Duration { return time.Until(t.since.Add(t.lease - t.lease/3)) }

// extend asks the store for the lease again, until the effect has ended, and reports
// whether it has given it.
func (t *taking) extend(ctx context.Context, ended <-chan struct{}) (taken bool, err error) {
	now := time.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.left())
	defer cancel()
	state, err := ask(ctx, t, ended, t.take)
	if err == nil && state == Taken {
		t.since = now
	}
	return state == Taken, err
}

// take asks the store for the lease.
func (t *taking) take(ctx context.Context) (State, error) {
	return t.store.Lease(ctx, t.key, t.owner, t.lease)
}

// finish sets the mark, in three attempts: the store refuses it once another has
// the key.
func (t *taking) finish(ctx context.Context) (err error) {
	ctx = context.WithoutCancel(ctx)
	for n := range 3 {
		if n > 0 {
			time.Sleep(t.lease / 100)
		}
		if _, err = ask(ctx, t, nil, func(ctx context.Context) (struct{}, error) { return struct{}{}, t.store.Finish(ctx, t.key, t.owner) }); err == nil {
			return nil
		}
	}
	return err
}

// release gives the key up, unless the store may take it again behind that. If it is
// not given up, the lease ends.
func (t *taking) release(ctx context.Context) {
	if !t.pending {
		_, _ = ask(context.WithoutCancel(ctx), t, nil, func(ctx context.Context) (struct{}, error) { return struct{}{}, t.store.Release(ctx, t.key, t.owner) })
	}
}

// ask has the store asked, and waits for its answer for a third of the lease, or until
// nobody needs it any more, and then a little, for a store that heeds its context. A
// panic of the store is an error.
func ask[T any](ctx context.Context, t *taking, needless <-chan struct{}, what func(context.Context) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	ctx, cancel := context.WithTimeout(ctx, t.lease/3)
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
		a.value, a.err = what(ctx)
		returned = true
	}()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-ctx.Done():
	case <-needless:
		cancel()
	}
	soon := time.NewTimer(t.lease / 10)
	defer soon.Stop()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-soon.C:
		t.pending = true
		var none T
		return none, fmt.Errorf("the store does not answer: %w", context.Cause(ctx))
	}
}

var errLost = errors.New("once: the lease was lost (another delivery may have run meanwhile)")
