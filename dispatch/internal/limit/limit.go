// Package limit has a context with an end that is cheap if nobody waits for it.
package limit

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// A Context is done when its parent is, at its deadline, or after Stop, like one of
// [context.WithDeadlineCause]. It has no timer until its Done is called: most calls are
// over before anybody has waited. Call Init or InitUntil first.
type Context struct {
	context.Context // the parent, and after Done one with a timer

	deadline time.Time // zero unless it is before the parent's
	cause    error
	end      context.Context // ends the context, too; may be nil

	mu      sync.RWMutex
	cancel  context.CancelFunc // nil until Context has a timer
	stopped bool
}

// Init sets the parent, the deadline, and the cause of a context that is done at the
// deadline, which may be nil.
func (c *Context) Init(parent context.Context, deadline time.Time, cause error) {
	c.Context, c.cause = parent, cause
	if earlier, ok := parent.Deadline(); !ok || deadline.Before(earlier) {
		c.deadline = deadline
	}
}

// InitUntil sets the parent, and another context that ends this one. There is no deadline
// but the parent's.
func (c *Context) InitUntil(parent, end context.Context) {
	c.Context, c.end = parent, end
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
func (c *Context) Deadline() (time.Time, bool) {
	if !c.deadline.IsZero() {
		return c.deadline, true
	}
	inner, _ := c.state()
	return inner.Deadline()
}

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

// String is for package fmt, which would read the fields without the lock.
func (c *Context) String() string {
	inner, _ := c.state()
	return fmt.Sprint(inner) + ".Limit"
}

// state returns the context without a timer, unless it is over or has one.
func (c *Context) state() (inner context.Context, over bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	over = c.cancel != nil || c.stopped || !c.deadline.IsZero() && !time.Now().Before(c.deadline) || c.end != nil && c.end.Err() != nil
	return c.Context, over
}

// timed returns the context with the timer.
func (c *Context) timed() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cancel != nil {
		return c.Context
	}
	if c.deadline.IsZero() || c.stopped {
		c.Context, c.cancel = context.WithCancel(c.Context)
	} else {
		c.Context, c.cancel = context.WithDeadlineCause(c.Context, c.deadline, c.cause)
	}
	switch cancel := c.cancel; {
	case c.stopped, c.end != nil && c.end.Err() != nil:
		cancel()
	case c.end != nil:
		unhook := context.AfterFunc(c.end, cancel)
		c.cancel = func() {
			unhook()
			cancel()
		}
	}
	return c.Context
}
