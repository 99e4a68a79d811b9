// A first OnStart loads the configuration, a second one uses it.

package main

import (
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/onstart/right_two_onstarts/internal/shard"
)

func main() {
	http.Handle("/", push.NewHandler())
	http.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
