package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/dispatchtest"

	"github.com/cloud-functions-dispatch/go/examples/signup/jobs"
)

const ann = `{"Email": "ann@example.com"}`

// The context of the request has the test's queue, so tests can run in parallel.
func TestSignUp(t *testing.T) {
	t.Parallel()
	db, err := jobs.Open(filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	q := dispatchtest.New(t)
	r := httptest.NewRequestWithContext(q.Context(), http.MethodPost, "/users", strings.NewReader(ann))
	w := httptest.NewRecorder()
	newRouter(db).ServeHTTP(w, r)
	if w.Code != http.StatusAccepted {
		t.Errorf("answered %d, want 202", w.Code)
	}
	if err := dispatchtest.Called(q, jobs.Welcome)(q.Context(), 1); err != nil {
		t.Error(err)
	}
}

// A request over the network has another context, so the queue becomes the client of
// the process. Not parallel.
func TestSignUp_server(t *testing.T) {
	db, err := jobs.Open(filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	q := dispatchtest.New(t)
	dispatch.Use(q.Client())
	t.Cleanup(func() { dispatch.Use(nil) })
	s := httptest.NewServer(newRouter(db))
	defer s.Close()
	resp, err := http.Post(s.URL+"/users", "application/json", strings.NewReader(ann))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		t.Errorf("answered %d, want 202", resp.StatusCode)
	}
	if err := dispatchtest.Called(q, jobs.Welcome)(q.Context(), 1); err != nil {
		t.Error(err)
	}
}

// Without Use, the functions use what OnStart opens by the configuration. OnStart runs
// again after it failed.
func TestOnStart(t *testing.T) {
	q := dispatchtest.New(t)
	if err := jobs.Welcome.Call(q.Context(), 17); err != nil {
		t.Fatal(err)
	}
	if err := q.Run(); err == nil || !strings.Contains(err.Error(), "SIGNUP_DATABASE is not set") {
		t.Errorf("Run without a configuration = %v, want an error that names SIGNUP_DATABASE", err)
	}
	t.Setenv("SIGNUP_DATABASE", filepath.Join(t.TempDir(), "signup.db"))
	if err := q.Run(); err == nil || !strings.Contains(err.Error(), "record not found") {
		t.Errorf("Run with an empty database = %v, want the function's own error", err)
	}
}
