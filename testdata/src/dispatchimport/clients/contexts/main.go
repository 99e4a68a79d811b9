// Contexts passes a client in a context.
package main

import (
	"net/http"

	"example.com/fixtures/src/dispatchimport/clients/setup"
	"example.com/fixtures/src/dispatchimport/reach"
)

func middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(setup.With(r.Context())))
	})
}

func main() { _ = http.ListenAndServe(":8080", middleware(reach.NewServer())) }
