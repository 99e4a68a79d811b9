// Package pull is the entrypoint for a worker: a program that pulls the calls of a
// subscription and executes them. It runs on any machine. Calls may take longer than
// pushed ones, because their leases are extended while they run.
//
//	import _ "github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"
//
//	func main() {
//		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
//		defer stop()
//		if err := pull.Run(ctx); err != nil {
//			log.Fatal(err)
//		}
//	}
//
// Give the subscription a retry policy and a dead-letter policy. Without them, a call that
// fails is delivered again at once, and for ever.
package pull

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/internal/receive"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/limit"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// defaultConcurrency is the default of [entrypoint.Concurrency] for workers.
const defaultConcurrency = 64

// Run executes the calls of a subscription, with the functions that are registered in this
// process. The environment variable DISPATCH_SUBSCRIPTION contains its URL, such as
// gcppubsub://projects/P/subscriptions/S. The program must import the transport for the
// URL's scheme.
//
// After ctx is done, Run takes no more calls. It returns nil when the running calls have
// ended and their results were reported to the queue. If they take longer than
// [entrypoint.Grace], it returns an error, and they will be delivered again. It also
// returns an error if the subscription does not exist, or if the worker has no
// permission to receive from it.
//
// If the environment variable PORT is set, Run answers GET /health at this port: with 200,
// and after ctx is done with 503. The answer does not depend on the queue. If PORT is not
// set, Run does not listen.
func Run(ctx context.Context, opts ...entrypoint.Option) error {
	const variable = "DISPATCH_SUBSCRIPTION"
	url := os.Getenv(variable)
	if url == "" {
		return errors.New("dispatch: open " + variable + ": it is not set (set it to a URL such as gcppubsub://projects/P/subscriptions/S or sqs://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE)")
	}
	e, err := executor.New(opts...)
	if err != nil {
		return wrap(err)
	}
	defer context.AfterFunc(ctx, e.Stop)()
	if port := os.Getenv("PORT"); port != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return fmt.Errorf("dispatch: serve %s: PORT is %.64q, want a number up to 65535 (or unset it)", receive.Health, port)
		}
		stop, err := receive.ServeHealth(ctx, ":"+port, e)
		if err != nil {
			return fmt.Errorf("dispatch: %w (set PORT to a free port, or unset it)", err)
		}
		defer stop()
	}
	s, err := transport.OpenSubscription(context.WithoutCancel(ctx), url)
	if err != nil {
		return fmt.Errorf("dispatch: open %s: %w", variable, err)
	}
	err = run(ctx, s, variable, e)
	if cerr := s.Close(); cerr != nil {
		err = errors.Join(err, fmt.Errorf("dispatch: close the subscription: %w", cerr))
	}
	return err
}

// Receive is like [Run], but receives from s. It does not close s, and does not answer GET
// /health.
func Receive(ctx context.Context, s transport.Subscription, opts ...entrypoint.Option) error {
	e, err := executor.New(opts...)
	if err != nil {
		return wrap(err)
	}
	return run(ctx, s, "a subscription", e)
}

func run(ctx context.Context, s transport.Subscription, from string, e *executor.Executor) error {
	e.Serving(ctx, from)
	// The transport may still deliver messages that it has fetched.
	defer context.AfterFunc(ctx, e.Stop)()
	running, cancelCalls := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelCalls()
	received := make(chan error, 1)
	go func() {
		received <- s.Receive(ctx, cmp.Or(e.Concurrency, defaultConcurrency), func(calling context.Context, d *transport.Delivery) error {
			if ctx.Err() != nil {
				e.Stop() // AfterFunc may be late
			}
			until := new(limit.Context)
			until.InitUntil(calling, running)
			defer until.Stop()
			return e.Handle(until, d)
		})
	}()
	select {
	case err := <-received:
		return wrap(err)
	case <-ctx.Done():
	}
	if ended, err := waitFor(received, e.Grace); ended {
		return wrap(err)
	}
	// Functions that watch their context end now, and their results reach the queue.
	cancelCalls()
	_, _ = waitFor(received, time.Second)
	return fmt.Errorf("dispatch: stop receiving calls: some were still running after %v (they will be delivered again)", e.Grace)
}

// wrap returns err as an error of Run.
func wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("dispatch: receive calls: %w", err)
}

// waitFor waits for a value of c until d has passed. It reports whether there was one.
func waitFor(c <-chan error, d time.Duration) (received bool, err error) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case err := <-c:
		return true, err
	case <-t.C:
		return false, nil
	}
}
