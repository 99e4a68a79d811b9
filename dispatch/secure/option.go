package secure

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/internal/option"
)

// An Option configures [Verify] and [Unseal]. A nil option is ignored; with a value out of
// range, they panic.
type Option interface{ apply(*config) error }

type setting func(*config) error

func (f setting) apply(c *config) error { return f(c) }

type config struct {
	window  time.Duration
	migrate bool
	count   func(context.Context)
}

func newConfig(opts []Option) *config {
	c := new(config)
	option.Must("secure", option.Each(opts, func(o Option) error { return o.apply(c) }))
	c.window = cmp.Or(c.window, 24*time.Hour)
	return c
}

// Window limits the age of a signature or a seal: an older message is refused. The age of
// a delayed call counts from when it is due. Choose a window longer than a failing call is
// retried. The duration must be more than 0. The default is 24 hours, for which Eventarc
// keeps a message.
func Window(d time.Duration) Option {
	return setting(func(c *config) error { return option.Positive(&c.window, "Window", d) })
}

// Migrate accepts messages without a signature, or without a seal. Use it while callers
// that do not sign or seal are still deployed. It calls count for each such message, so
// that you see when there are none any more; count may be nil. A message with a wrong
// signature or seal is refused all the same.
func Migrate(count func(context.Context)) Option {
	return setting(func(c *config) error {
		c.migrate, c.count = true, count
		return nil
	})
}

// bare says what becomes of d, which err says is not signed or not sealed.
func (c *config) bare(ctx context.Context, d *transport.Delivery, next transport.Handler, err error) error {
	if !c.migrate {
		return transport.Permanent(err)
	}
	if c.count != nil {
		c.count(ctx)
	}
	return next(ctx, d)
}

// skew is how far the clocks of caller and callee may differ.
const skew = 5 * time.Minute

// check returns an error if what was signed or sealed at the given time, which is
// genuine, as m is, is not to be executed now.
func (c *config) check(at string, m *transport.Message) error {
	ms, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return fmt.Errorf("its signature has no time (docs/wire.md has its form)")
	}
	made := time.UnixMilli(ms)
	if time.Until(made) > skew {
		return fmt.Errorf("it was signed %v in the future (set the clock of the caller)", time.Until(made).Round(time.Second))
	}
	if due, err := time.Parse(time.RFC3339Nano, m.Attributes[envelope.AttrNotBefore]); err == nil && due.After(made) {
		made = due
	}
	if age := time.Since(made); age > c.window {
		return fmt.Errorf("it was signed %v ago, and the window is %v (raise secure.Window, or publish it anew through secure.Resign or Reseal)", age.Round(time.Second), c.window)
	}
	return nil
}
