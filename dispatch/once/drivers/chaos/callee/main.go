// Callee executes calls. It loses responses, and its sink fails at random. If
// DISPATCH_SUBSCRIPTION is set, it pulls; otherwise it runs in the functions framework.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"

	"github.com/cloud-functions-dispatch/go/dispatch/deadletter"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/cloudevent"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"
	_ "github.com/cloud-functions-dispatch/go/dispatch/once/drivers/chaos/newer"
	"github.com/cloud-functions-dispatch/go/dispatch/once/drivers/chaos/work"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"
	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/sqs"
)

func main() {
	journal, err := os.OpenFile(os.Getenv(work.Journal), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		log.Fatal(err)
	}
	opts := []entrypoint.Option{
		entrypoint.Logger(slog.New(slog.DiscardHandler)), // the journal has the failures
		entrypoint.Concurrency(8),
		entrypoint.Patience(time.Second),
		entrypoint.DeadLetters(unreliable(deadletter.Dir(os.Getenv(work.Letters)))),
		entrypoint.Executing(loseResponses),
		entrypoint.Observe(func(_ context.Context, r entrypoint.Result) {
			if _, err := fmt.Fprintf(journal, "%s\t%s\t%s\n", r.Outcome, r.Reason, r.ID); err != nil {
				log.Fatal(err)
			}
		}),
	}
	if os.Getenv("DISPATCH_SUBSCRIPTION") == "" {
		cloudevent.Register("Callee", opts...)
		log.Fatal(funcframework.StartHostPort("127.0.0.1", os.Getenv("PORT")))
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := pull.Run(ctx, opts...); err != nil {
		log.Fatal(err)
	}
}

// loseResponses fails deliveries at random after they were executed.
func loseResponses(next transport.Handler) transport.Handler {
	return func(ctx context.Context, d *transport.Delivery) error {
		err := next(ctx, d)
		if err == nil && work.OneIn(30) {
			return errors.New("the response is lost")
		}
		return err
	}
}

// unreliable returns a sink that fails at random, before or after s has stored the
// letter.
func unreliable(s deadletter.Sink) deadletter.Sink {
	return deadletter.Func(func(ctx context.Context, l *deadletter.Letter) error {
		if work.OneIn(5) {
			return errors.New("the disk is full")
		}
		err := s.Park(ctx, l)
		if err == nil && work.OneIn(5) {
			return errors.New("the disk is slow")
		}
		return err
	})
}
