package oncedynamo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/once"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

// eachTransactional is eachEmulator for the emulators that have transactions.
func eachTransactional(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	eachEmulator(t, func(t *testing.T, url string) {
		_, err := newClient(t, url, new(network), 1).TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{
			TransactItems: []types.TransactWriteItem{add("nowhere", "x", 1)},
		})
		if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorCode() == "UnknownOperationException" {
			t.Skip("this emulator has no transactions (the other one of .ci/dynamodb has)")
		}
		test(t, url)
	})
}

// add returns a write that adds n to the number of an item.
func add(table, id string, n int64) types.TransactWriteItem {
	return types.TransactWriteItem{Update: &types.Update{
		TableName:                 &table,
		Key:                       map[string]types.AttributeValue{"id": text(id)},
		UpdateExpression:          aws.String("ADD booked :n"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":n": number(n)},
	}}
}

// create returns a write that fails if the item exists.
func create(table, id string) types.TransactWriteItem {
	return types.TransactWriteItem{Put: &types.Put{
		TableName: &table, Item: map[string]types.AttributeValue{"id": text(id)}, ConditionExpression: aws.String("attribute_not_exists(id)"),
	}}
}

// writes returns an effect that makes them, and adds 1 to runs.
func writes(runs *int, items ...types.TransactWriteItem) Effect {
	return func(context.Context) ([]types.TransactWriteItem, error) {
		*runs++
		return items, nil
	}
}

// item returns an item of the table.
func item(t *testing.T, d *DB, id string) map[string]types.AttributeValue {
	t.Helper()
	out, err := d.client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &d.table, Key: map[string]types.AttributeValue{"id": text(id)}, ConsistentRead: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	return out.Item
}

// booked returns the number of an item.
func booked(t *testing.T, d *DB, id string) string {
	t.Helper()
	if n, ok := item(t, d, id)["booked"].(*types.AttributeValueMemberN); ok {
		return n.Value
	}
	return "none"
}

var (
	databases  sync.Map // from the name of a test to its DB
	errUnlucky = errors.New("the effect failed")
	pay        = dispatch.Register(payOrder)
)

// payOrder books an order in two steps. It fails at random.
func payOrder(ctx context.Context, name string, order int) error {
	v, _ := databases.Load(name)
	d := v.(*DB)
	for _, step := range []string{"", "two"} {
		if err := d.Step(ctx, step, func(context.Context) ([]types.TransactWriteItem, error) {
			switch rand.IntN(12) {
			case 0, 1:
				return nil, errUnlucky
			case 2:
				panic("a fault of the function")
			}
			return []types.TransactWriteItem{add(d.table, fmt.Sprint(order), 1), add(d.table, "all", 1)}, nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// Each of 20 calls is delivered four times, several at a time, to a function that fails at
// random, over a network that loses requests and responses. Every order must be booked
// twice, once for each step.
func TestDo_exactlyOnce(t *testing.T) {
	t.Parallel()
	eachTransactional(t, func(t *testing.T, url string) {
		d, n := open(t, url, 2, Keep(time.Hour))
		n.intercept = func(_ int, _ string, send func() (*http.Response, error)) (*http.Response, error) {
			switch rand.IntN(8) {
			case 0:
				return loseRequest(send)
			case 1:
				return loseResponse(send)
			}
			return send()
		}
		databases.Store(t.Name(), d)
		queue := mem.New(mem.Attempts(1000), mem.Concurrency(8), mem.Backoff(func(int) time.Duration { return time.Millisecond }))
		ctx := dispatch.WithClient(t.Context(), dispatch.New(queue))
		const calls = 20
		for order := range calls {
			for range 4 {
				if err := pay.With(dispatch.ID(fmt.Sprint("order-", order))).Call(ctx, t.Name(), order); err != nil {
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
		n.intercept = nil
		for order := range calls {
			if got := booked(t, d, fmt.Sprint(order)); got != "2" {
				t.Errorf("order %d is booked %s times, want 2", order, got)
			}
		}
		if got := booked(t, d, "all"); got != "40" {
			t.Errorf("%s bookings in all, want 40", got)
		}
	})
}

// Whichever request or answer is lost, the effect happens once.
func TestDo_lost(t *testing.T) {
	t.Parallel()
	eachTransactional(t, func(t *testing.T, url string) {
		for how, lose := range map[string]func(func() (*http.Response, error)) (*http.Response, error){"request": loseRequest, "response": loseResponse} {
			for attempts := 1; attempts <= 2; attempts++ {
				d, n := open(t, url, attempts)
				for number := 1; number <= 4; number++ {
					n.requests.Store(0)
					n.intercept = func(i int, _ string, send func() (*http.Response, error)) (*http.Response, error) {
						if i == number {
							return lose(send)
						}
						return send()
					}
					id, runs, deliveries := fmt.Sprint("call-", number), 0, 0
					for err := errLost; err != nil && deliveries < 10; {
						deliveries++
						err = d.Do(callContext(t, id), writes(&runs, add(d.table, id, 1)))
					}
					n.intercept = nil
					if got := booked(t, d, id); got != "1" || deliveries > 2 || attempts == 2 && deliveries > 1 {
						t.Errorf("%s %d, %d attempts: booked %s times in %d deliveries, want once", how, number, attempts, got, deliveries)
					}
				}
			}
		}
	})
}

// The mark says which call it is for.
func TestDo_mark(t *testing.T) {
	t.Parallel()
	eachTransactional(t, func(t *testing.T, url string) {
		d, _ := open(t, url, 1, Keep(time.Hour))
		ctx, runs := callContext(t, "order-1"), 0
		for range 2 {
			if err := d.Step(ctx, "two", writes(&runs)); err != nil || runs != 1 {
				t.Fatalf("Step = %v after %d runs, want nil after 1", err, runs)
			}
		}
		key, err := once.Key(ctx, "two")
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for name, v := range item(t, d, key) {
			switch v := v.(type) {
			case *types.AttributeValueMemberS:
				got[name] = v.Value
			case *types.AttributeValueMemberN:
				got[name] = v.Value
			}
		}
		done, err := time.Parse(time.RFC3339, got["done_at"])
		if got["name"] != "a.b" || got["call_id"] != "order-1" || got["step"] != "two" || err != nil || time.Since(done).Abs() > time.Minute ||
			got["expire_at"] != fmt.Sprint(done.Add(time.Hour).Unix()+1) {
			t.Errorf("the mark has %v (%v)", got, err)
		}
	})
}

// A transaction that others or throttling cancelled is made again with a new effect.
func TestDo_contention(t *testing.T) {
	t.Parallel()
	eachTransactional(t, func(t *testing.T, url string) {
		for _, test := range []struct {
			reasons  []string
			times    int
			runs     int
			wantDone bool
		}{
			{[]string{"TransactionConflict", "None"}, 3, 4, true},
			{[]string{"None", "ThrottlingError"}, 1, 2, true},
			{[]string{"ProvisionedThroughputExceeded", "TransactionConflict"}, 1, 2, true},
			{[]string{"TransactionConflict", "None"}, 100, 5, false},
			{[]string{"TransactionConflict", "ConditionalCheckFailed"}, 1, 1, false},
			{[]string{"ItemCollectionSizeLimitExceeded", "None"}, 1, 1, false},
			{[]string{"None", "None"}, 1, 1, false},
		} {
			d, n := open(t, url, 1)
			cancelled := 0
			n.intercept = func(_ int, operation string, send func() (*http.Response, error)) (*http.Response, error) {
				if operation == "TransactWriteItems" && cancelled < test.times {
					cancelled++
					return refuse("TransactionCanceledException", `,"CancellationReasons":[{"Code":"`+strings.Join(test.reasons, `"},{"Code":"`)+`"}]`)
				}
				return send()
			}
			runs := 0
			err := d.Do(callContext(t, "1"), writes(&runs, add(d.table, "x", 1)))
			_, isCancelled := errors.AsType[*types.TransactionCanceledException](err)
			if runs != test.runs || (err == nil) != test.wantDone || isCancelled == test.wantDone {
				t.Errorf("%v %d times: Do = %v after %d runs, want %d", test.reasons, test.times, err, runs, test.runs)
			}
		}
	})
}

// If the effect fails, nothing has happened, and it may run again.
func TestDo_fails(t *testing.T) {
	t.Parallel()
	eachTransactional(t, func(t *testing.T, url string) {
		d, n := open(t, url, 1)
		runs := 0
		ctx := callContext(t, "1")
		if err := d.Do(ctx, writes(&runs, create(d.table, "taken"))); err != nil {
			t.Fatal(err)
		}
		err := d.Do(callContext(t, "2"), writes(&runs, add(d.table, "x", 1), create(d.table, "taken")))
		if c, ok := errors.AsType[*types.TransactionCanceledException](err); !ok || aws.ToString(c.CancellationReasons[1].Code) != "ConditionalCheckFailed" || !strings.HasPrefix(err.Error(), "once: run the transaction: ") {
			t.Errorf("Do of a write whose condition does not hold = %v, want that the second write was refused", err)
		}
		if err := d.Do(callContext(t, "2"), func(context.Context) ([]types.TransactWriteItem, error) { return nil, errUnlucky }); err != errUnlucky {
			t.Errorf("Do = %v, want the effect's error", err)
		}
		func() {
			defer func() {
				if v := recover(); v != errUnlucky {
					t.Errorf("Do panicked with %v, want %v", v, errUnlucky)
				}
			}()
			_ = d.Do(callContext(t, "2"), func(context.Context) ([]types.TransactWriteItem, error) { panic(errUnlucky) })
		}()
		if err := d.Do(callContext(t, "2"), writes(&runs, make([]types.TransactWriteItem, 100)...)); err == nil || !strings.Contains(err.Error(), "the effect has 100 writes, want at most 99 besides the mark") {
			t.Errorf("Do of 100 writes = %v, want an error", err)
		}
		if err := d.Do(callContext(t, "2"), writes(&runs, add("nowhere", "x", 1))); err == nil || !strings.Contains(err.Error(), "a table of the effect's writes does not exist") || strings.Contains(err.Error(), d.table) {
			t.Errorf("Do of a write to no table = %v, want an error about that table", err)
		}
		if err := d.Do(callContext(t, "2"), func(ctx context.Context) ([]types.TransactWriteItem, error) { return nil, d.Do(ctx, writes(&runs)) }); err == nil || !strings.Contains(err.Error(), "its own step") {
			t.Errorf("Do within Do = %v, want an error that says what to do", err)
		}
		if err := d.Do(t.Context(), writes(&runs)); !errors.Is(err, once.ErrNoCall) {
			t.Errorf("Do without a call = %v, want ErrNoCall", err)
		}
		cancelled, cancel := context.WithCancel(callContext(t, "2"))
		cancel()
		if err := d.Do(cancelled, writes(&runs)); !errors.Is(err, context.Canceled) {
			t.Errorf("Do with a context that is done = %v, want that", err)
		}
		// The context ends while the transaction is under way, and is made all the same.
		cancelled, cancel = context.WithCancel(callContext(t, "3"))
		n.intercept = func(_ int, operation string, send func() (*http.Response, error)) (*http.Response, error) {
			resp, err := send()
			if operation == "TransactWriteItems" {
				_ = resp.Body.Close() // nobody reads it
				cancel()
				return nil, context.Canceled
			}
			return resp, err
		}
		if err := d.Do(cancelled, writes(&runs, add(d.table, "y", 1))); err == nil {
			t.Error("Do that does not know its result = nil, want an error")
		}
		if err := d.Do(callContext(t, "3"), writes(&runs, add(d.table, "y", 1))); err != nil || booked(t, d, "y") != "1" {
			t.Errorf("Do again = %v, booked %s times; want once", err, booked(t, d, "y"))
		}
		if got := booked(t, d, "x"); got != "none" {
			t.Errorf("the effects that failed have booked %s times", got)
		}
		if err := d.Do(callContext(t, "2"), writes(&runs, add(d.table, "x", 1))); err != nil || booked(t, d, "x") != "1" {
			t.Errorf("Do in the end = %v, booked %s times; want once", err, booked(t, d, "x"))
		}
	})
}

// A call may have effects both in a transaction and elsewhere, without steps.
func TestDo_besidesOnce(t *testing.T) {
	t.Parallel()
	eachTransactional(t, func(t *testing.T, url string) {
		d, _ := open(t, url, 1)
		inside, outside := 0, 0
		for range 2 {
			if err := d.Do(callContext(t, "1"), writes(&inside)); err != nil {
				t.Error(err)
			}
			if err := once.Do(callContext(t, "1"), d, func(context.Context) error { outside++; return nil }); err != nil {
				t.Error(err)
			}
		}
		if inside != 1 || outside != 1 {
			t.Errorf("the effects ran %d and %d times, want each once", inside, outside)
		}
	})
}
