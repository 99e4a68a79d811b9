// Caller makes calls of every kind. For each call that the queue has accepted, it
// prints the kind and the ID.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/once/drivers/chaos/older"
	"github.com/cloud-functions-dispatch/go/dispatch/once/drivers/chaos/work"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"
	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/sqs"
)

// chunk is the number of calls made one by one, then in a batch, in turn.
const chunk = 50

func main() {
	name := os.Args[1]
	calls, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	queue, err := transport.Open(context.Background(), os.Getenv("DISPATCH_URL"))
	if err != nil {
		log.Fatal(err)
	}
	c := &caller{name: name, queue: queue}
	ctx := dispatch.WithClient(context.Background(), dispatch.New(queue))
	for from := 0; from < calls; from += chunk {
		makeCalls := func(ctx context.Context) error { return c.makeCalls(ctx, from, min(from+chunk, calls)) }
		if from/chunk%2 == 0 {
			err = makeCalls(ctx)
		} else {
			err = dispatch.Batch(ctx, makeCalls)
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Print(c.made)
		c.made = ""
	}
	if err := queue.Close(); err != nil {
		log.Fatal(err)
	}
}

type caller struct {
	name  string
	queue transport.Transport
	made  string
}

// makeCalls makes the calls of the orders in [from, to), and adds them to c.made.
func (c *caller) makeCalls(ctx context.Context, from, to int) error {
	for order := from; order < to; order++ {
		id := fmt.Sprint(c.name, "-", order)
		kind, err := c.call(ctx, id, order)
		if err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		c.made += kind + "\t" + id + "\n"
	}
	return nil
}

// call makes one call and returns its kind.
func (c *caller) call(ctx context.Context, id string, order int) (kind string, err error) {
	with := dispatch.ID(id)
	switch order % 25 {
	case 0:
		return "refused", work.Refuse.With(with).Call(ctx, order)
	case 1:
		return "unknown", older.Gone.With(with).Call(ctx, order)
	case 2:
		return "changed", older.Changed.With(with).Call(ctx, work.Secret)
	case 3:
		return "expiring", work.Book.With(with, dispatch.Expire(50*time.Millisecond)).Call(ctx, order)
	case 4:
		return "malformed", c.queue.Publish(ctx, &transport.Message{
			Attributes: map[string]string{"ce-specversion": "1.0", "ce-type": "dev.cloudfunctions.dispatch.call.v1", "ce-source": "chaos", "ce-id": id, "ce-subject": work.Book.Name()},
			Data:       []byte(`[1`),
		})
	case 5, 6, 7: // call twice, because Pub/Sub may deliver twice
		if err := work.Book.With(with).Call(ctx, order); err != nil {
			return "", err
		}
	}
	return "booked", work.Book.With(with).Call(ctx, order)
}
