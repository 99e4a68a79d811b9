package receive_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/internal/receive"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/corpus"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
)

// FuzzBody: each request has one result and one answer, which is 2xx if and only if the
// call was executed.
func FuzzBody(f *testing.F) {
	corpus.Add(f)
	for _, seed := range []struct{ contentType, ceType, body string }{
		{"application/json", "", `{"message":{"data":"W10=","attributes":{"ce-specversion":"1.0","ce-type":"dev.cloudfunctions.dispatch.call.v1","ce-id":"1","ce-source":"s","ce-subject":"a.b"},"publishTime":"2026-01-02T03:04:05Z","orderingKey":"k"},"deliveryAttempt":2}`},
		{"application/json", "google.cloud.pubsub.topic.v1.messagePublished", `{"message":{}}`},
		{"application/cloudevents+json", "", `{"specversion":"1.0","type":"google.cloud.pubsub.topic.v1.messagePublished","data":{"message":{"attributes":{}}}}`},
		{"application/json", "dev.cloudfunctions.dispatch.call.v1", `["x"]`},
		{"", "dev.cloudfunctions.dispatch.call.v2", "\x00"},
		{"application/cloudevents-batch+json", "", "[]"},
	} {
		f.Add(seed.contentType, seed.ceType, []byte(seed.body))
	}
	var results []entrypoint.Result
	h := receive.NewHandler(executor.Must(receive.NewExecutor(entrypoint.Logger(slog.New(slog.DiscardHandler)), entrypoint.Observe(func(_ context.Context, r entrypoint.Result) { results = append(results, r) }))))
	f.Fuzz(func(t *testing.T, contentType, ceType string, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Header["Content-Type"], r.Header["Ce-Type"] = []string{contentType}, []string{ceType}
		for name, value := range map[string]string{"Ce-Specversion": "1.0", "Ce-Id": "1", "Ce-Source": "s", "Ce-Subject": "a.b"} {
			r.Header.Set(name, value)
		}
		results = nil
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if len(results) != 1 || (w.Code/100 == 2) != (results[0].Outcome == entrypoint.Executed) {
			t.Errorf("answered %d %s after %+v; want one result, and 2xx if and only if it was executed", w.Code, w.Body, results)
		}
	})
}
