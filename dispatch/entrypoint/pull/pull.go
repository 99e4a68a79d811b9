// Package pull is the entrypoint for a worker: a program that pulls the calls
// of a subscription and executes them. It serves on any machine, and for calls
// that take longer than a push may, since their leases are extended while they
// run.
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
// A call that fails is delivered again at once unless the subscription has a
// retry policy, and for ever unless it has a dead-letter policy: give it both.
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
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// defaultConcurrency is what [entrypoint.Concurrency] documents.
const defaultConcurrency = 64

// Run executes the calls of the subscription that the environment variable
// DISPATCH_SUBSCRIPTION names by URL, such as
// gcppubsub://projects/P/subscriptions/S, with the functions that are
// registered in this process. The program imports the transport for the URL's
// scheme.
//
// When ctx is done, Run takes no more calls, and returns nil when those that
// run have ended and the queue knows of it, or an error if they take longer
// than [entrypoint.Grace]; they are delivered again. It also returns an error
// if the queue does not let it receive.
//
// Where the environment variable PORT names a port, GET /health is answered there:
// 200 as soon as Run runs, and 503 from when ctx is done until it returns. That says
// nothing of the queue. Without it, Run does not listen.
func Run(ctx context.Context, opts ...entrypoint.Option) error {
	const variable = "DISPATCH_SUBSCRIPTION"
	url := os.Getenv(variable)
	if url == "" {
		return errors.New("dispatch: open " + variable + ": it is not set (set it to a URL such as gcppubsub://projects/P/subscriptions/S)")
	}
	e, err := executor.New(opts...)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, e.Stop)()
	if port := os.Getenv("PORT"); port != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return fmt.Errorf("dispatch: serve %s: PORT is %.64q, want a number up to 65535 (or unset it)", receive.Health, port)
		}
		stop, err := receive.ServeHealth(ctx, ":"+port, e)
		if err != nil {
			return fmt.Errorf("dispatch: %w (set PORT to one that is free, or unset it)", err)
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

// Receive is Run on a subscription, which it does not close.
func Receive(ctx context.Context, s transport.Subscription, opts ...entrypoint.Option) error {
	e, err := executor.New(opts...)
	if err != nil {
		return err
	}
	return run(ctx, s, "a subscription", e)
}

func run(ctx context.Context, s transport.Subscription, from string, e *executor.Executor) error {
	e.Serving(ctx, from)
	// The queue may hand over what it holds for a while yet.
	defer context.AfterFunc(ctx, e.Stop)()
	running, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	received := make(chan error, 1)
	go func() {
		received <- s.Receive(ctx, cmp.Or(e.Concurrency, defaultConcurrency), func(calling context.Context, d *transport.Delivery) error {
			if ctx.Err() != nil {
				e.Stop() // and not when AfterFunc comes to it
			}
			calling, cancel := context.WithCancel(calling)
			defer cancel()
			defer context.AfterFunc(running, cancel)()
			return e.Handle(calling, d)
		})
	}()
	select {
	case err := <-received:
		return wrap(err)
	case <-ctx.Done():
	}
	if ended, err := await(received, e.Grace); ended {
		return wrap(err)
	}
	// Functions that heed their context end now, and the queue hears of it.
	cut()
	_, _ = await(received, time.Second)
	return fmt.Errorf("dispatch: stop receiving calls: some still ran after %v (they are delivered again)", e.Grace)
}

func wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("dispatch: receive calls: %w", err)
}

// await reports whether something came within d, and what.
func await(c <-chan error, d time.Duration) (came bool, err error) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case err := <-c:
		return true, err
	case <-t.C:
		return false, nil
	}
}
