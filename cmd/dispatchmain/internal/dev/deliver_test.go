package dev

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestPush: a call that the callee parks has failed, although the callee
// acknowledges it.
func TestPush(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		header string
		want   outcome
	}{
		{204, "executed", outcomeExecuted},
		{204, "parked", outcomePermanent},
		{422, "permanent", outcomePermanent},
		{500, "retry", outcomeRetry},
		{503, "retry", outcomeRetry},
		{200, "", outcomeExecuted},
		{404, "", outcomeRetry},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Dispatch-Outcome", c.header)
			w.WriteHeader(c.status)
		}))
		d := &deliverer{callee: &callee{url: s.URL, client: s.Client()}}
		if got, _ := d.push(t.Context(), new(message), 1); got != c.want {
			t.Errorf("an answer of %d, %q: %q, want %q", c.status, c.header, got, c.want)
		}
		s.Close()
	}
}
