package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch/dispatchtest"

	"github.com/cloud-functions-dispatch/go/examples/orders/orders"
)

func TestHandler(t *testing.T) {
	t.Setenv("ORDERS_DB", filepath.Join(t.TempDir(), "orders.db"))
	db, err := orders.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `INSERT INTO stock VALUES ('tea', 10)`); err != nil {
		t.Fatal(err)
	}
	q := dispatchtest.New(t)
	serve := func(method, path, body string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		newHandler(db).ServeHTTP(w, httptest.NewRequestWithContext(q.Context(), method, path, strings.NewReader(body)))
		return w
	}
	if w := serve(http.MethodPost, "/orders", "tea"); w.Code != http.StatusBadRequest {
		t.Errorf("a body that is no order: answered %d, want 400", w.Code)
	}
	w := serve(http.MethodPost, "/orders", `{"Customer": "ann", "Lines": [{"Article": "tea", "Quantity": 3}]}`)
	id := strings.TrimSpace(w.Body.String())
	if w.Code != http.StatusAccepted || id == "" {
		t.Fatalf("an order: answered %d %q, want 202 and its ID", w.Code, w.Body)
	}
	if err := dispatchtest.Each(q, orders.Place, func(_ context.Context, o orders.Order) error {
		if o.ID != id || o.Customer != "ann" || len(o.Lines) != 1 {
			t.Errorf("dispatched %+v, want ann's order %s", o, id)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	if w := serve(http.MethodGet, "/orders/"+id, ""); w.Code != http.StatusNotFound {
		t.Errorf("before the call has run: answered %d, want 404", w.Code)
	}
	if err := q.Run(); err != nil {
		t.Fatal(err)
	}
	if w := serve(http.MethodGet, "/orders/"+id, ""); w.Code != http.StatusOK || w.Body.String() != "booked for ann\n" {
		t.Errorf("after it: answered %d %q, want 200", w.Code, w.Body)
	}
}

func TestParseLine(t *testing.T) {
	for _, bad := range []string{"", "tea", "tea=", "tea=x", "tea=0", "=1"} {
		if _, err := parseLine(bad); err == nil || !strings.Contains(err.Error(), "(give such as tea=2)") {
			t.Errorf("parseLine(%q) = %v, want an error with the cure", bad, err)
		}
	}
}
