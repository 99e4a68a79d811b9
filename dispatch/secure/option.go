package secure

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// An Option configures [Verify] and [Unseal].
type Option func(*config)

type config struct {
	window  time.Duration
	migrate bool
	count   func(context.Context)
}

func newConfig(opts []Option) *config {
	c := new(config)
	for _, o := range opts {
		o(c)
	}
	c.window = cmp.Or(c.window, 24*time.Hour)
	return c
}

// Window is how old a signature or a seal may be, and still be executed; that of a
// delayed call counts from when it is due. It is longer than a failing call is
// delivered again. The default, also for a duration of 0 or less, is 24 hours, for
// which Eventarc keeps a message.
func Window(d time.Duration) Option { return func(c *config) { c.window = max(d, 0) } }

// Migrate has messages executed that are not signed, or not sealed, while callers
// that do not do so yet are still deployed. It calls count, unless that is nil,
// for each, so that it can be seen when there are none any more. What is signed or
// sealed wrongly is refused all the same.
func Migrate(count func(context.Context)) Option {
	return func(c *config) { c.migrate, c.count = true, count }
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
