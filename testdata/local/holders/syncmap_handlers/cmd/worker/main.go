// The server stores the webhooks' URLs in a sync.Map; in the worker the map is empty, so nothing is posted.

package main

import (
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/holders/syncmap_handlers/internal/hooks"
)

func main() {
	http.Handle("/", push.NewHandler()) // want `hooks.urls is set only by the main of .*cmd/server, but read by hooks.fire, which runs in this callee, where it lacks what the caller adds`
	http.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
