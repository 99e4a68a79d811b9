// Package limit has a context with a deadline that is cheap if nobody waits for it.
package limit

import (
	"context"
	"sync"
	"time"
)

// A Context is done when its parent is, at its deadline, or after Stop, like one of
// [context.WithDeadlineCause]. It has no timer until its Done is called: most calls are
// over before anybody has waited. Call Init first.
type Context struct {
	context.Context // the parent, and after Done one with a timer

	deadline time.Time
	cause    error

	mu      sync.RWMutex
	cancel  context.CancelFunc // nil until Context has a timer
	stopped bool
}

// Init sets the parent, the deadline, and the cause of a context that is done at the
// deadline, which may be nil.
func (c *Context) Init(parent context.Context, deadline time.Time, cause error) {
	c.Context, c.deadline, c.cause = parent, deadline, cause
	if earlier, ok := parent.Deadline(); ok && earlier.Before(deadline) {
		c.deadline = earlier
	}
}

// Stop makes the context done, and releases its timer.
func (c *Context) Stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	if c.cancel != nil {
		c.cancel()
	}
}

// Deadline returns the earlier one of the parent's deadline and its own.
func (c *Context) Deadline() (time.Time, bool) { return c.deadline, true }

// Done starts the timer.
func (c *Context) Done() <-chan struct{} { return c.timed().Done() }

// Err returns nil until the context is done.
func (c *Context) Err() error {
	inner, over := c.state()
	if !over && inner.Err() == nil {
		return nil
	}
	return c.timed().Err()
}

// Value returns the parent's value. By it, package context finds the context with the
// timer and its cause, so that a child needs no goroutine to follow it.
func (c *Context) Value(key any) any {
	inner, over := c.state()
	if over {
		inner = c.timed()
	}
	return inner.Value(key)
}

// state returns the context without a timer, unless it is over or has one.
func (c *Context) state() (inner context.Context, over bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.Context, c.cancel != nil || c.stopped || !time.Now().Before(c.deadline)
}

// timed returns the context with the timer.
func (c *Context) timed() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cancel == nil {
		c.Context, c.cancel = context.WithDeadlineCause(c.Context, c.deadline, c.cause)
		if c.stopped {
			c.cancel()
		}
	}
	return c.Context
}
