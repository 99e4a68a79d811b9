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
// second time. It runs twice at a time only if a process stalls for longer than
// the lease and then goes on.
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

	// Finish marks key as done, if owner has it, and returns an error if not.
	Finish(ctx context.Context, key, owner string) error

	// Release gives key up, if owner has it.
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
	owner := rand.Text()
	state, err := s.Lease(ctx, key, owner, o.lease)
	switch {
	case err != nil:
		return fmt.Errorf("once: take the call: %w", err)
	case state == Done:
		return nil
	case state == Busy:
		return ErrBusy
	}
	done := false
	after := context.WithoutCancel(ctx) // the effect has happened, or it has not
	defer func() {
		if !done {
			_ = s.Release(after, key, owner) // if it fails, the lease ends
		}
	}()
	if err := keep(ctx, s, key, owner, o.lease, effect); err != nil {
		return err
	}
	if err := s.Finish(after, key, owner); err != nil {
		return fmt.Errorf("once: mark the call as done: %w", err)
	}
	done = true
	return nil
}

// keep extends the lease for as long as effect runs.
func keep(ctx context.Context, s Store, key, owner string, lease time.Duration, effect func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	ended, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(lease / 3)
		defer tick.Stop()
		for {
			select {
			case <-ended:
				return
			case <-tick.C:
			}
			// An error leaves two more attempts before the lease ends.
			if state, err := s.Lease(ctx, key, owner, lease); err == nil && state != Taken {
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

var errLost = errors.New("once: the lease was lost (another delivery may have run meanwhile)")
