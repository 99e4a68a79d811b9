// The worker counts what it has processed in an atomic variable; the server's page shows its own, which stays 0.

package main

import (
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/reverse/counter/internal/work"
)

func main() {
	http.Handle("/", push.NewHandler()) // want `stats.processed is set by stats.Inc, which runs in this callee, but read only by the main of .*cmd/server`
	http.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
