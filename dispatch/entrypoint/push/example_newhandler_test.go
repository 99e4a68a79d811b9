package push_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"
)

// A server that exists can execute calls beside its other requests.
func ExampleNewHandler() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "the application") })
	mux.Handle("POST /calls", push.NewHandler()) // the push endpoint of the subscription

	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, httptest.NewRequest("GET", "/", nil))
	fmt.Println(answer.Body)
	// Output: the application
}
