package secure

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/internal/option"
)

// An Option configures [Verify] and [Unseal]. A nil option is ignored. Verify and Unseal
// panic if a value is out of range.
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
// a delayed call counts from when it is due. Choose a window that is longer than the time
// for which a failing call is retried. The duration must be more than 0. The default is
// 24 hours, the time for which Eventarc keeps a message.
func Window(d time.Duration) Option {
	return setting(func(c *config) error { return option.Positive(&c.window, "Window", d) })
}

// Migrate accepts messages without a signature, or without a seal. Use it while callers
// that do not sign or seal are still deployed. It calls count for each such message, so
// that you see when there are none any more; count may be nil. A message with a wrong
// signature or seal is still refused.
func Migrate(count func(context.Context)) Option {
	return setting(func(c *config) error {
		c.migrate, c.count = true, count
		return nil
	})
}

// handleUnprotected handles a delivery without a signature or a seal. It returns err as a
// permanent error, or accepts the delivery if [Migrate] is set.
func (c *config) handleUnprotected(ctx context.Context, d *transport.Delivery, next transport.Handler, err error) error {
	if !c.migrate {
		return transport.Permanent(err)
	}
	if c.count != nil {
		c.count(ctx)
	}
	return next(ctx, d)
}

// maxClockSkew is how far the caller's clock may be ahead of the callee's.
const maxClockSkew = 5 * time.Minute

// checkTime returns an error if m was signed or sealed too long ago, or in the future. at
// is the time in the signature or seal, which must have been verified.
func (c *config) checkTime(at string, m *transport.Message) error {
	ms, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return errors.New("the time of its signature or seal is not a number (want milliseconds since 1970)")
	}
	made := time.UnixMilli(ms)
	if time.Until(made) > maxClockSkew {
		return fmt.Errorf("it was signed or sealed %v in the future (correct the caller's clock)", time.Until(made).Round(time.Second))
	}
	if due, err := time.Parse(time.RFC3339Nano, m.Attributes[envelope.AttrNotBefore]); err == nil && due.After(made) {
		made = due
	}
	if age := time.Since(made); age > c.window {
		return fmt.Errorf("it was signed or sealed %v ago, and the window is %v (raise secure.Window, or publish it again through secure.Resign or secure.Reseal)", age.Round(time.Second), c.window)
	}
	return nil
}
