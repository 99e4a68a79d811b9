package executor_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// The executor waits for the goroutines that it starts.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// secret is an argument of every call in these tests. No error and no log may contain it.
const secret = "s3cret-argument"

// pkg is the prefix of the names of the functions below.
const pkg = "github.com/cloud-functions-dispatch/go/dispatch/internal/executor_test."

var (
	resize    = dispatch.Register(resizeImage)
	join      = dispatch.Register(joinWords)
	fail      = dispatch.Register(failWith)
	secretive = dispatch.Register(takeText)
)

// executed holds the Info of each call that ran, by its ID.
var executed sync.Map

// note records that the call of ctx was executed.
func note(ctx context.Context) {
	info, _ := dispatch.FromContext(ctx)
	executed.Store(info.ID, info)
}

func resizeImage(ctx context.Context, path string, width int) error {
	note(ctx)
	if path == "" || width <= 0 {
		return errors.New("the arguments did not arrive")
	}
	return nil
}

func joinWords(ctx context.Context, first string, rest ...string) error {
	note(ctx)
	if first == "" || len(rest) != 2 {
		return errors.New("the arguments did not arrive")
	}
	return nil
}

// text has a decoder of its own. Its errors and panics contain the argument.
type text string

func (t *text) UnmarshalText(b []byte) error {
	if strings.HasPrefix(string(b), "panic") {
		panic(errors.New("cannot use " + string(b)))
	}
	return fmt.Errorf("cannot use %s", b)
}

func (t text) MarshalText() ([]byte, error) { return []byte(t), nil }

func takeText(ctx context.Context, _ text) error {
	note(ctx)
	return nil
}

// A nilError is an error whose methods panic if its pointer is nil. Functions return such a
// pointer by mistake if they declare a variable of type *nilError.
type nilError struct{ cause error }

func (e *nilError) Error() string { return e.cause.Error() }
func (e *nilError) Unwrap() error { return e.cause }

// A goexitError ends the goroutine that calls Error.
type goexitError struct{}

func (goexitError) Error() string {
	runtime.Goexit()
	return ""
}

var errCause = errors.New("the cause")

// failedOnce holds the IDs of the calls that have already failed once.
var failedOnce sync.Map

func failWith(ctx context.Context, _ string, how string) error {
	note(ctx)
	switch how {
	case "error":
		return errCause
	case "once":
		info, _ := dispatch.FromContext(ctx)
		if _, failed := failedOnce.LoadOrStore(info.ID, true); !failed {
			return errCause
		}
	case "permanent":
		return dispatch.Permanent(errCause)
	case "wrapped permanent":
		return fmt.Errorf("step 2: %w", errors.Join(nil, dispatch.Permanent(errCause)))
	case "panic":
		panic("the reason")
	case "panic error":
		panic(dispatch.Permanent(errCause))
	case "runtime panic":
		var m map[string]int
		//lint:ignore SA5000 the panic is the point
		m["x"] = 1
	case "panic struct":
		panic(struct{ token string }{secret})
	case "panic cycle":
		m := make(map[string]any)
		m["m"] = m
		panic(m)
	case "panic long":
		panic(strings.Repeat("x", 1<<20))
	case "long":
		return errors.New(strings.Repeat("x", 1<<20))
	case "goexit in Error":
		return goexitError{}
	case "panic nil":
		panic(nil)
	case "goexit":
		runtime.Goexit()
	case "typed nil":
		var e *nilError
		return e
	case "permanent typed nil":
		var e *nilError
		return dispatch.Permanent(e)
	}
	return nil
}

// A capture is a transport that records the published messages.
type capture struct {
	mu  sync.Mutex
	got []*transport.Message
}

func (c *capture) Publish(_ context.Context, m *transport.Message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.got = append(c.got, m)
	return nil
}

func (c *capture) Enqueue(ctx context.Context, m *transport.Message) (func(context.Context) error, error) {
	return func(context.Context) error { return nil }, c.Publish(ctx, m)
}

func (c *capture) Flush(context.Context) {}
func (c *capture) MaxSize() int          { return 10_000_000 }
func (c *capture) Close() error          { return nil }

// deliveryOf returns the delivery of the one call that fn makes.
func deliveryOf(t *testing.T, fn func(context.Context) error) *transport.Delivery {
	t.Helper()
	c := new(capture)
	if err := fn(dispatch.WithClient(t.Context(), dispatch.New(c, dispatch.VerifyArguments(false)))); err != nil {
		t.Fatalf("call: %v", err)
	}
	if len(c.got) != 1 {
		t.Fatalf("the call published %d messages, want 1", len(c.got))
	}
	d := deliver(c.got[0])
	d.Data, d.Attributes = slices.Clone(d.Data), maps.Clone(d.Attributes) // so that tests may edit them
	return d
}

func deliver(m *transport.Message) *transport.Delivery {
	return &transport.Delivery{Message: *m}
}

func newExecutor(opts ...entrypoint.Option) *executor.Executor {
	return executor.Must(executor.New(opts...))
}
