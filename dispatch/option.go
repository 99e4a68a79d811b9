package dispatch

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cloud-functions-dispatch/go/internal/funcname"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
)

// An Option changes how a function is registered or how a call is made.
type Option struct{ apply func(*options) }

// Name registers the function under name instead of its own, so that it can
// be moved or renamed while calls under the old name are still on their way.
// It must be a constant, so that dispatchvet and dispatchmain can read it.
// An empty name is an error. For [Register].
func Name(name string) Option {
	return Option{func(o *options) { o.name, o.named = name, true }}
}

// Alias has the function serve calls under another name as well, such as the
// one that it had before; new calls do not use it. It must be a constant.
// Several aliases add up; an empty one is an error. For [Register].
func Alias(name string) Option {
	return Option{func(o *options) { o.aliases = append(slices.Clip(o.aliases), name) }}
}

// OrderingKey has calls with the same key, made one after the other, delivered
// in that order, where the queue and the callee's subscription support it. It
// holds at most 1,024 bytes. An empty key, which is the default, asks for no
// order. For [Func.With].
func OrderingKey(key string) Option {
	return Option{func(o *options) { o.orderingKey, o.keyed = key, true }}
}

// Queue has calls go to another queue than that of the client, so that they
// can be served by a callee of their own: in Pub/Sub the topic calls-NAME
// beside the topic calls of DISPATCH_URL. It holds at most 100 letters, digits,
// hyphens, dots and underscores; for [Register] it must be a constant. An empty
// name, which is the default, is the client's own queue. For [Register], and
// for [Func.With], which comes first.
func Queue(name string) Option {
	return Option{func(o *options) { o.queue = name }}
}

// Timeout is how long the function may run in the callee, before
// entrypoint.Timeout. It is more than 0. For [Register].
func Timeout(d time.Duration) Option {
	return Option{func(o *options) { o.timeout, o.timed = d, true }}
}

// Concurrency is how many calls of the function a callee executes at a time. The
// others wait there: they count for entrypoint.Concurrency, and their messages hold
// memory that arriving requests need (entrypoint.MaxHeld). Give a function whose calls
// wait for long a [Queue] of its own. It is more than 0; the default is no
// limit. For [Register].
func Concurrency(n int) Option {
	return Option{func(o *options) { o.concurrency, o.limited = n, true }}
}

// ID gives a call its ID, such as "order-17-paid", instead of one by chance:
// calls with the same ID are one call to those who tell calls apart by it, as
// package once does. It holds 1 to 1,024 bytes of UTF-8, without control characters.
// For [Func.With].
func ID(id string) Option {
	return Option{func(o *options) { o.id, o.identified = id, true }}
}

// Delay has the call executed no sooner than d after it is made, where the queue
// can wait: mem and Cloud Tasks can, and with Pub/Sub the call is an error. The
// default, also for a duration of 0 or less, is no delay. For [Func.With]; of
// Delay and [At] the last one holds.
func Delay(d time.Duration) Option {
	return Option{func(o *options) { o.delay, o.at, o.scheduled = max(d, 0), time.Time{}, true }}
}

// At is [Delay] until t. The default, also for a time that has passed or is zero,
// is no delay.
func At(t time.Time) Option {
	return Option{func(o *options) { o.delay, o.at, o.scheduled = 0, t, true }}
}

// Expire makes the call worthless once d has passed since it was made, or since
// it was due: if its function has not begun by then, it fails for good, and is a
// dead letter. The duration is more than 0. By default a call does not expire, as
// long as the queue keeps it. For [Func.With].
func Expire(d time.Duration) Option {
	return Option{func(o *options) { o.expiry, o.expires = d, true }}
}

// options are those given so far, and where each kind may stand.
type options struct {
	name        string
	named       bool
	aliases     []string
	queue       string
	orderingKey string
	keyed       bool
	timeout     time.Duration
	timed       bool
	concurrency int
	limited     bool
	id          string
	identified  bool
	delay       time.Duration
	at          time.Time
	scheduled   bool
	expiry      time.Duration
	expires     bool
}

// schedule returns when a call that is made now is due, or zero, and when it
// expires, or zero.
func (o *options) schedule(now time.Time) (due, expiry time.Time, err error) {
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
	if o.expires {
		expiry = from.Add(o.expiry)
	}
	const lastYear = 9999 // in RFC 3339
	if due.UTC().Year() > lastYear || expiry.UTC().Year() > lastYear {
		return due, expiry, fmt.Errorf("the call is due or expires after the year %d (call it sooner)", lastYear)
	}
	return due, expiry, nil
}

func (o *options) apply(opts []Option) {
	for _, opt := range opts {
		if opt.apply != nil {
			opt.apply(o)
		}
	}
}

func newOptions(opts []Option) (*options, error) {
	o := new(options)
	o.apply(opts)
	if o.named && o.name == "" {
		return nil, errors.New("the option Name is empty (leave it out, or name the function)")
	}
	return o, nil
}

// A use is where options stand.
type use int

const (
	forRegister use = iota
	forCall
)

// maxText is Pub/Sub's limit in bytes for the ordering key and for an attribute.
const maxText = 1024

func (o *options) check(u use) error {
	switch {
	case u == forRegister && (o.keyed || o.identified || o.scheduled || o.expires):
		return errors.New("the options OrderingKey, ID, Delay, At and Expire belong to a call (use With)")
	case u == forCall && (o.named || len(o.aliases) > 0 || o.timed || o.limited):
		return errors.New("the options Name, Alias, Timeout and Concurrency belong to Register (With is for calls)")
	case o.timed && o.timeout <= 0:
		return fmt.Errorf("the option Timeout is %v (give the function some time, or leave it out)", o.timeout)
	case o.limited && o.concurrency <= 0:
		return fmt.Errorf("the option Concurrency is %d (allow one call at least, or leave it out)", o.concurrency)
	case o.identified && envelope.CheckID(o.id) != nil:
		return fmt.Errorf("the option ID %w", envelope.CheckID(o.id))
	case o.expires && o.expiry <= 0:
		return fmt.Errorf("the option Expire is %v (give the call some time, or leave it out)", o.expiry)
	case funcname.CheckQueue(o.queue) != nil:
		return funcname.CheckQueue(o.queue)
	case len(o.orderingKey) > maxText:
		return fmt.Errorf("the ordering key has %d bytes; Pub/Sub holds %d (use a shorter one, such as a hash)", len(o.orderingKey), maxText)
	}
	return nil
}
