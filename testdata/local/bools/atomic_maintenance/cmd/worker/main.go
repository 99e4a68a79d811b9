// Maintenance mode is switched on in the server's process only; the worker writes anyway.

package main

import (
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/bools/atomic_maintenance/internal/users"
)

func main() {
	http.Handle("/", push.NewHandler()) // want `maintenance.on is set only by the main of .*cmd/server, but read by users.purge, which runs in this callee, where it is false`
	http.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
