package dispatch

import (
	"errors"
	"fmt"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
	"github.com/cloud-functions-dispatch/go/internal/funcname"
	"github.com/cloud-functions-dispatch/go/internal/option"
)

// A RegisterOption configures a function, for [Register].
//
// These rules apply to every option of this module, unless its comment says otherwise. To
// get the default, leave the option out. A nil Option is ignored. If a value is out of
// range, such as nil or a limit of 0, [Register] and the constructors that return no
// error panic, and dispatchtest.New fails the test; every other function returns an
// error. For the options of [Func.With], Call returns the error.
type RegisterOption interface{ applyToRegister(*registerOptions) error }

// A CallOption configures calls, for [Func.With].
type CallOption interface{ applyToCall(*callOptions) error }

// An Option configures a function or calls of it. Given to [Func.With], it takes
// precedence over the one given to [Register].
type Option interface {
	RegisterOption
	CallOption
}

// Name registers the function under name instead of its own name. Use it when you move
// or rename a function, so that calls under the old name are still executed. The name
// must not be empty. It must be a constant, so that dispatchvet and dispatchmain can
// read it.
func Name(name string) RegisterOption {
	return registerOption(func(o *registerOptions) error {
		if name == "" {
			return errors.New("the option Name is empty (leave it out, or name the function)")
		}
		o.name = name
		return nil
	})
}

// Alias makes the function serve calls under another name as well, such as its previous
// name. New calls do not use it. The alias must be a constant, and not empty. A
// function may have several aliases.
func Alias(name string) RegisterOption {
	return registerOption(func(o *registerOptions) error {
		o.aliases = append(o.aliases, name)
		return nil
	})
}

// Timeout limits how long the function may run in the callee. It takes precedence over
// entrypoint.Timeout. The duration must be more than 0.
func Timeout(d time.Duration) RegisterOption {
	return registerOption(func(o *registerOptions) error { return option.Positive(&o.timeout, "Timeout", d) })
}

// Concurrency limits how many calls of the function a callee executes at a time. Other
// calls wait in the callee: they count for entrypoint.Concurrency, and their messages
// hold memory that arriving requests need (entrypoint.MaxHeld). If its calls wait for
// long, give the function a [Queue] of its own. The number must be more than 0. By
// default there is no limit.
func Concurrency(n int) RegisterOption {
	return registerOption(func(o *registerOptions) error { return option.Positive(&o.concurrency, "Concurrency", n) })
}

// Queue publishes calls to a queue other than the client's, so that a separate callee
// can serve them. In Pub/Sub, if DISPATCH_URL names the topic calls, the queue is the
// topic calls-NAME. The name has at most 100 letters, digits, hyphens, dots and
// underscores; for [Register] it must be a constant. An empty name, the default, is the
// client's own queue.
func Queue(name string) Option { return queueOption(name) }

// OrderingKey makes the queue deliver calls with the same key one after the other, in
// the order of publishing. The queue and the callee's subscription must support it. The
// key has at most 1,024 bytes. An empty key, the default, means no order.
func OrderingKey(key string) CallOption {
	return callOption(func(o *callOptions) error {
		if len(key) > maxKey {
			return fmt.Errorf("the ordering key has %d bytes; Pub/Sub allows %d (use a shorter one, such as a hash)", len(key), maxKey)
		}
		o.orderingKey = key
		return nil
	})
}

// maxKey is Pub/Sub's limit for an ordering key, in bytes.
const maxKey = 1024

// ID sets the ID of the call, such as "order-17-paid". Code that tells calls apart by
// their ID, such as package once, treats calls of one function with the same ID as one
// call. An ID has 1 to 1,024 bytes of UTF-8, without control characters. The default is
// random.
func ID(id string) CallOption {
	return callOption(func(o *callOptions) error {
		if err := envelope.CheckID(id); err != nil {
			return fmt.Errorf("the option ID %w", err)
		}
		o.id = id
		return nil
	})
}

// Delay executes the call d after it is made, or later. The queue must support it: mem
// and Cloud Tasks do; with Pub/Sub the call returns an error. A duration of 0 or less,
// the default, means no delay. If Delay and [At] are both given, the last one applies.
func Delay(d time.Duration) CallOption {
	return callOption(func(o *callOptions) error {
		o.delay, o.at = max(d, 0), time.Time{}
		return nil
	})
}

// At executes the call at t, or later. If t has passed, there is no delay. See [Delay].
func At(t time.Time) CallOption {
	return callOption(func(o *callOptions) error {
		o.delay, o.at = 0, t
		return nil
	})
}

// Expire makes the call fail permanently if its function has not started within d after
// the call was made or, if the call is delayed, after it was due. See [Permanent]. The
// duration must be more than 0. By default a call does not expire as long as the queue
// keeps it.
func Expire(d time.Duration) CallOption {
	return callOption(func(o *callOptions) error { return option.Positive(&o.expiry, "Expire", d) })
}

// registerOptions are the options of one function.
type registerOptions struct {
	name        string // empty for the function's own
	aliases     []string
	timeout     time.Duration
	concurrency int // 0 for no limit
	queue       string
}

// callOptions are the options of calls. Each Func has its own copy.
type callOptions struct {
	queue       string
	orderingKey string
	id          string // empty for a random one
	delay       time.Duration
	at          time.Time
	expiry      time.Duration // 0 for none
	err         error         // the error of an invalid option; each call returns it
}

type (
	registerOption func(*registerOptions) error
	callOption     func(*callOptions) error
	queueOption    string
)

func (f registerOption) applyToRegister(o *registerOptions) error { return f(o) }

func (f callOption) applyToCall(o *callOptions) error { return f(o) }

func (q queueOption) applyToRegister(o *registerOptions) error {
	o.queue = string(q)
	return funcname.CheckQueue(o.queue)
}

func (q queueOption) applyToCall(o *callOptions) error {
	o.queue = string(q)
	return funcname.CheckQueue(o.queue)
}

func newRegisterOptions(opts []RegisterOption) (*registerOptions, error) {
	o := new(registerOptions)
	return o, option.Each(opts, func(opt RegisterOption) error { return opt.applyToRegister(o) })
}

// apply adds opts. It keeps the first error for the calls, since With returns none.
func (o *callOptions) apply(opts []CallOption) {
	err := option.Each(opts, func(opt CallOption) error { return opt.applyToCall(o) })
	if o.err == nil {
		o.err = err
	}
}

// schedule returns when a call that is made now is due, and when it expires. Each is
// zero if it is not set.
func (o *callOptions) schedule(now time.Time) (due, expiry time.Time, err error) {
	from := now
	switch {
	case o.delay > 0:
		due = now.Add(o.delay)
	case o.at.After(now):
		due = o.at
	}
	if !due.IsZero() {
		from = due
	}
	if o.expiry > 0 {
		expiry = from.Add(o.expiry)
	}
	const lastYear = 9999 // in RFC 3339
	if due.UTC().Year() > lastYear || expiry.UTC().Year() > lastYear {
		return due, expiry, fmt.Errorf("the call is due or expires after the year %d (use an earlier time)", lastYear)
	}
	return due, expiry, nil
}
