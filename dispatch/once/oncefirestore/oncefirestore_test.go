//go:build unix

package oncefirestore_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/emulator"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/pubsubtest"
	"github.com/cloud-functions-dispatch/go/dispatch/once"
	"github.com/cloud-functions-dispatch/go/dispatch/once/oncefirestore"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

func TestMain(m *testing.M) { pubsubtest.VerifyTestMain(m) }

var (
	databases  sync.Map // name of a test to *books
	errUnlucky = errors.New("the effect failed")
	pay        = dispatch.Register(payOrder)
	twice      = dispatch.Register(bookTwice)
)

type books struct {
	client *firestore.Client
	db     *oncefirestore.DB
}

func (b *books) order(n int) *firestore.DocumentRef { return b.client.Doc(fmt.Sprint("orders/", n)) }

// add books an order once more.
func (b *books) add(tx *firestore.Transaction, order int) error {
	snap, err := tx.Get(b.order(order))
	if err != nil {
		return err
	}
	booked, _ := snap.Data()["booked"].(int64)
	return tx.Set(b.order(order), map[string]int64{"booked": booked + 1})
}

// payOrder books an order, and fails at random before and after it has.
func payOrder(ctx context.Context, name string, order int) error {
	v, _ := databases.Load(name)
	b := v.(*books)
	return b.db.Do(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		if rand.IntN(4) == 0 {
			return errUnlucky
		}
		if err := b.add(tx, order); err != nil {
			return err
		}
		switch rand.IntN(20) {
		case 0, 1, 2:
			return errUnlucky
		case 3:
			panic("a fault of the function")
		}
		return nil
	})
}

// bookTwice has two effects, of which the second fails at first.
func bookTwice(ctx context.Context, name string, order int) error {
	v, _ := databases.Load(name)
	b := v.(*books)
	for _, step := range []string{"one", "two"} {
		if err := b.db.Step(ctx, step, func(_ context.Context, tx *firestore.Transaction) error {
			if step == "two" && rand.IntN(2) == 0 {
				return errUnlucky
			}
			return b.add(tx, order)
		}); err != nil {
			return err
		}
	}
	return nil
}

func open(t *testing.T, opts ...oncefirestore.Option) *books {
	t.Helper()
	addr := emulator.Start(t, "DISPATCH_TEST_FIRESTORE", "the program cloud_firestore_emulator of the Cloud SDK")
	t.Setenv("FIRESTORE_EMULATOR_HOST", addr)
	client, err := firestore.NewClient(context.Background(), "proj")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	b := &books{client, oncefirestore.New(client, opts...)}
	databases.Store(t.Name(), b)
	return b
}

// Each of 20 calls is delivered four times, several at a time, to a function that
// fails at random. Every order is booked once, or twice where that has two steps.
func TestExactlyOnce_emulator(t *testing.T) {
	b := open(t, oncefirestore.Collection("app/dispatch/marks"), oncefirestore.Keep(time.Hour))
	queue := mem.New(mem.Attempts(1000), mem.Backoff(nil), mem.Concurrency(4))
	ctx := dispatch.WithClient(t.Context(), dispatch.New(queue))
	const calls = 20
	for order := range calls {
		if _, err := b.order(order).Set(ctx, map[string]int{"booked": 0}); err != nil {
			t.Fatal(err)
		}
		fn := pay
		if order%5 == 0 {
			fn = twice
		}
		for range 4 {
			if err := fn.With(dispatch.ID(fmt.Sprint("order-", order))).Call(ctx, t.Name(), order); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := queue.Close(); err != nil {
		t.Fatal(err)
	}
	if dead := queue.DeadLetters(); len(dead) > 0 {
		t.Fatalf("%d deliveries were given up: %v", len(dead), dead[0].Err)
	}
	for order := range calls {
		snap, err := b.order(order).Get(ctx)
		if err != nil {
			t.Fatal(err)
		}
		want := int64(1)
		if order%5 == 0 {
			want = 2
		}
		if got := snap.Data()["booked"]; got != want {
			t.Errorf("order %d is booked %v times, want %d", order, got, want)
		}
	}
	marks, err := b.client.Collection("app/dispatch/marks").Where("name", "==", pay.Name()).Documents(t.Context()).GetAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(marks) != calls*4/5 {
		t.Errorf("%d marks, want %d", len(marks), calls*4/5)
	}
	for _, m := range marks {
		f := m.Data()
		done, _ := f["done_at"].(time.Time)
		expire, _ := f["expire_at"].(time.Time)
		if id, _ := f["call_id"].(string); !strings.HasPrefix(id, "order-") || time.Since(done).Abs() > time.Hour || expire.Sub(done) != time.Hour {
			t.Errorf("a mark has %v", f)
		}
	}
}

func TestDo_fails(t *testing.T) {
	t.Setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1")
	client, err := firestore.NewClient(context.Background(), "proj")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	effect := func(context.Context, *firestore.Transaction) error {
		t.Error("the effect ran")
		return nil
	}
	if err := oncefirestore.New(client).Do(t.Context(), effect); !errors.Is(err, once.ErrNoCall) {
		t.Errorf("Do without a call = %v, want ErrNoCall", err)
	}
}
