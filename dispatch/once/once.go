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

// An Option configures [Do].
type Option func(*options)

type options struct {
	step  string
	lease time.Duration
}

// Step tells several effects of one call apart.
func Step(name string) Option { return func(o *options) { o.step = name } }

// Lease is how long another delivery waits for a process that died. It is
// extended while the effect runs. The default, also for less than a second, is a
// minute.
func Lease(d time.Duration) Option { return func(o *options) { o.lease = d } }

// Do runs effect unless it has happened, for the call that is executed under
// ctx. It returns nil if it has, [ErrBusy] while another delivery runs it, and
// otherwise what effect returns; an effect that fails, or panics, may run again.
// The context of effect ends when the lease is lost.
func Do(ctx context.Context, s Store, effect func(context.Context) error, opts ...Option) error {
	o := options{}
	for _, opt := range opts {
		opt(&o)
	}
	if o.lease < time.Second {
		o.lease = time.Minute
	}
	key, err := Key(ctx, o.step)
	if err != nil {
		return err
	}
	if ctx, err = nest.Enter(ctx, key); err != nil {
		return err
	}
	t := &taking{store: s, key: key, owner: rand.Text(), lease: o.lease, since: time.Now()}
	state, err := s.Lease(ctx, key, t.owner, o.lease)
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

// A taking is one lease of a key. What it asks of the store does not end with the
// function's context, since the effect may not, and takes a third of the lease at
// most.
type taking struct {
	store      Store
	key, owner string
	lease      time.Duration
	since      time.Time // when the store was last asked for it, and gave it
}

// keep extends the lease for as long as effect runs.
func (t *taking) keep(ctx context.Context, effect func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	ended, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(t.lease / 3)
		defer tick.Stop()
		for {
			select {
			case <-ended:
				return
			case <-tick.C:
			}
			if !t.extend(ctx) {
				cancel(errLost)
				return
			}
		}
	}()
	defer func() {
		close(ended)
		cancel(nil)
		<-stopped
	}()
	return effect(ctx)
}

// extend reports whether the lease is still there, and will be when extend is
// called next: it waits for the store no longer than that leaves.
func (t *taking) extend(ctx context.Context) bool {
	now := time.Now()
	state := Busy
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), t.since.Add(t.lease-t.lease/3))
	defer cancel()
	err := t.ask(ctx, func(ctx context.Context) (err error) {
		state, err = t.store.Lease(ctx, t.key, t.owner, t.lease)
		return err
	})
	switch {
	case err != nil:
		return time.Since(t.since) < t.lease-t.lease/3
	case state != Taken:
		return false
	}
	t.since = now
	return true
}

// finish sets the mark, in three attempts: the store refuses it once another has
// the key.
func (t *taking) finish(ctx context.Context) (err error) {
	ctx = context.WithoutCancel(ctx)
	for range 3 {
		if err = t.ask(ctx, func(ctx context.Context) error { return t.store.Finish(ctx, t.key, t.owner) }); err == nil {
			return nil
		}
		time.Sleep(t.lease / 100)
	}
	return err
}

// release gives the key up. If that fails, the lease ends.
func (t *taking) release(ctx context.Context) {
	_ = t.ask(context.WithoutCancel(ctx), func(ctx context.Context) error { return t.store.Release(ctx, t.key, t.owner) })
}

// ask turns a panic of the store into an error: it may be in a goroutine of ours.
func (t *taking) ask(ctx context.Context, what func(context.Context) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the store panicked: %v", v)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, t.lease/3)
	defer cancel()
	return what(ctx)
}

var errLost = errors.New("once: the lease was lost (another delivery may have run meanwhile)")
