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
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/emulator"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/pubsubtest"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/registry"
	"github.com/cloud-functions-dispatch/go/dispatch/once"
	"github.com/cloud-functions-dispatch/go/dispatch/once/oncefirestore"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

func TestMain(m *testing.M) { pubsubtest.VerifyTestMain(m) }

var (
	databases  sync.Map // from the name of a test to *books
	errUnlucky = errors.New("the effect failed")
	pay        = dispatch.Register(payOrder)
	twice      = dispatch.Register(bookTwice)
)

type books struct {
	client *firestore.Client
	db     *oncefirestore.DB
}

func (b *books) order(n int) *firestore.DocumentRef { return b.client.Doc(fmt.Sprint("orders/", n)) }

// add adds one booking to an order.
func (b *books) add(tx *firestore.Transaction, order int) error {
	snap, err := tx.Get(b.order(order))
	if err != nil {
		return err
	}
	booked, _ := snap.Data()["booked"].(int64)
	return tx.Set(b.order(order), map[string]int64{"booked": booked + 1})
}

// payOrder books an order. It fails at random before and after that.
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

// bookTwice has two effects. The second one fails at random.
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

// Each of 20 calls is delivered four times, several at a time, to a function that fails
// at random. Every order must be booked once, or twice if its function has two steps.
func TestExactlyOnce_emulator(t *testing.T) {
	b := open(t, oncefirestore.Collection("app/dispatch/marks"), oncefirestore.Keep(time.Hour))
	queue := mem.New(mem.Attempts(1000), mem.Concurrency(4))
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

// callContext returns the context of a function that executes a call with the given ID.
func callContext(t *testing.T, id string) context.Context {
	t.Helper()
	return registry.Invoke(t.Context(), registry.Info{Name: "a.b", ID: id})
}

// After a panic nothing is locked. Do passes on the value of the panic.
func TestDo_panics_emulator(t *testing.T) {
	b := open(t)
	if _, err := b.order(1).Set(t.Context(), map[string]int{"booked": 0}); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	func() {
		defer func() {
			if v := recover(); v != errUnlucky {
				t.Errorf("Do panicked with %v, want %v", v, errUnlucky)
			}
		}()
		_ = b.db.Do(callContext(t, "1"), func(_ context.Context, tx *firestore.Transaction) error {
			if err := b.add(tx, 1); err != nil {
				t.Error(err)
			}
			panic(errUnlucky)
		})
	}()
	if err := b.db.Do(callContext(t, "1"), func(_ context.Context, tx *firestore.Transaction) error { return b.add(tx, 1) }); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("it took %v: the transaction was left open", took)
	}
}

// The errors of Do say what failed. An error of the effect is returned unchanged.
func TestDo_fails_emulator(t *testing.T) {
	b := open(t)
	none := func(context.Context, *firestore.Transaction) error { return nil }
	if err := b.db.Do(callContext(t, "1"), func(context.Context, *firestore.Transaction) error { return errUnlucky }); err != errUnlucky {
		t.Errorf("Do = %v, want the effect's error", err)
	}
	if err := b.db.Do(callContext(t, "2"), func(ctx context.Context, _ *firestore.Transaction) error { return b.db.Do(ctx, none) }); err == nil || !strings.Contains(err.Error(), "its own step") {
		t.Errorf("Do within Do = %v, want an error that says what to do", err)
	}
	if _, err := b.order(1).Set(t.Context(), map[string]int{"booked": 0}); err != nil {
		t.Fatal(err)
	}
	exists := func(_ context.Context, tx *firestore.Transaction) error {
		return tx.Create(b.order(1), map[string]int{})
	}
	if err := b.db.Do(callContext(t, "3"), exists); status.Code(err) != codes.AlreadyExists || !strings.HasPrefix(err.Error(), "once: run the transaction: ") {
		t.Errorf("Do of an effect that cannot be committed = %v, want AlreadyExists", err)
	}
	if err := oncefirestore.New(b.client, oncefirestore.Collection("a/b")).Do(callContext(t, "4"), none); err == nil || !strings.Contains(err.Error(), `"a/b" is not the path of a collection`) {
		t.Errorf("Do with marks in a document = %v, want an error", err)
	}
	if err := b.db.Do(t.Context(), none); !errors.Is(err, once.ErrNoCall) {
		t.Errorf("Do without a call = %v, want ErrNoCall", err)
	}
	ctx, cancel := context.WithCancel(callContext(t, "5"))
	cancel()
	if err := b.db.Do(ctx, none); err == nil {
		t.Error("Do with a context that is done = nil, want an error")
	}
}

// A panic of the client is passed on to the caller of Do.
func TestDo_clientPanics(t *testing.T) {
	conn, err := grpc.NewClient("127.0.0.1:1", grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithUnaryInterceptor(
		func(context.Context, string, any, any, *grpc.ClientConn, grpc.UnaryInvoker, ...grpc.CallOption) error {
			panic(errUnlucky)
		}))
	if err != nil {
		t.Fatal(err)
	}
	client, err := firestore.NewClient(context.Background(), "proj", option.WithGRPCConn(conn))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	defer func() {
		if v := recover(); v != errUnlucky {
			t.Errorf("Do panicked with %v, want %v", v, errUnlucky)
		}
	}()
	err = oncefirestore.New(client).Do(callContext(t, "1"), func(context.Context, *firestore.Transaction) error { return nil })
	t.Errorf("Do = %v, want the panic", err)
}
