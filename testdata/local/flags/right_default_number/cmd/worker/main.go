// The default of the number is 4; the worker never parses flags and uses it.

package main

import (
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/flags/right_default_number/crawl"
)

func main() {
	http.Handle("/", push.NewHandler())
	http.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
