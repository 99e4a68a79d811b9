package orders_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch/dispatchtest"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	"github.com/cloud-functions-dispatch/go/examples/orders/orders"
)

// db is the database that the callee opens too, through the same environment variable.
var db *sql.DB

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "orders-")
	if err == nil {
		err = os.Setenv("ORDERS_DB", filepath.Join(dir, "orders.db"))
	}
	if err == nil {
		db, err = orders.Open(context.Background())
	}
	if err != nil {
		panic(err)
	}
	code := m.Run()
	if err := errors.Join(db.Close(), os.RemoveAll(dir)); err != nil {
		panic(err)
	}
	os.Exit(code)
}

// fill puts an article in stock.
func fill(t *testing.T, article string, quantity int) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), `INSERT INTO stock VALUES (?, ?)`, article, quantity); err != nil {
		t.Fatal(err)
	}
}

// want checks that a query finds one row with this one value.
func want(t *testing.T, what any, query string, args ...any) {
	t.Helper()
	var got any
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&got); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	if fmt.Sprint(got) != fmt.Sprint(what) {
		t.Errorf("%s %v = %v, want %v", query, args, got, what)
	}
}

// callee starts a callee for pushes. q keeps the calls that its functions dispatch.
func callee(t *testing.T, q *dispatchtest.Queue) (url string) {
	t.Helper()
	s := httptest.NewUnstartedServer(push.NewHandler())
	s.Config.BaseContext = func(net.Listener) context.Context { return q.Context() }
	s.Start()
	t.Cleanup(s.Close)
	return s.URL
}

// pushCall posts a call in the form of docs/wire.md, and returns the status.
func pushCall(t *testing.T, url, id, name, args string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(args))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{
		"Ce-Specversion": {"1.0"}, "Ce-Type": {"dev.cloudfunctions.dispatch.call.v1"},
		"Ce-Id": {id}, "Ce-Source": {"test"}, "Ce-Subject": {name},
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// TestPlace_once: a call that is delivered 16 times at once has its effect once.
func TestPlace_once(t *testing.T) {
	fill(t, "tea", 10)
	q := dispatchtest.New(t)
	url := callee(t, q)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if got := pushCall(t, url, "a-call", orders.Place.Name(), `[{"ID": "one", "Customer": "ann", "Lines": [{"Article": "tea", "Quantity": 3}]}]`); got != http.StatusNoContent {
				t.Errorf("answered %d, want 204", got)
			}
		})
	}
	wg.Wait()
	want(t, 7, `SELECT quantity FROM stock WHERE article = 'tea'`)
	// Each delivery dispatches the confirmation, but it is written once.
	if n := dispatchtest.Count(q, orders.Confirm); n != 16 {
		t.Errorf("%d confirmations were dispatched, want 16", n)
	}
	if err := q.Run(); err != nil {
		t.Error(err)
	}
	want(t, 1, `SELECT count(*) FROM outbox WHERE order_id = 'one' AND recipient = 'ann'`)
}

// TestPlace_notInStock: an order that exceeds the stock has no effect and is not
// retried.
func TestPlace_notInStock(t *testing.T) {
	fill(t, "coffee", 2)
	fill(t, "cake", 1)
	q := dispatchtest.New(t)
	url := callee(t, q)
	got := pushCall(t, url, "too-much", orders.Place.Name(), `[{"ID": "two", "Customer": "bob", "Lines": [{"Article": "coffee", "Quantity": 1}, {"Article": "cake", "Quantity": 2}]}]`)
	if got != http.StatusUnprocessableEntity {
		t.Errorf("answered %d, want 422", got)
	}
	want(t, 2, `SELECT quantity FROM stock WHERE article = 'coffee'`)
	want(t, 0, `SELECT count(*) FROM orders WHERE id = 'two'`)
	if n := dispatchtest.Count(q, orders.Confirm); n != 0 {
		t.Errorf("%d confirmations were dispatched, want none", n)
	}
}
