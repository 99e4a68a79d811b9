// The worker lacks the fast codec, and the function falls back to the one that is always there.

package main

import (
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/imports/right_fallback/internal/pack"
)

func main() {
	http.Handle("/", push.NewHandler())
	http.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
