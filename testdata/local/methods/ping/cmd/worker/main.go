// The worker's health check calls DB.Ping, which writes nothing; only the server's main calls Connect, so Exec fails.

package main

import (
	"log"
	"net/http"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	"example.com/local/methods/ping/internal/db"
	_ "example.com/local/methods/ping/internal/users"
)

func main() {
	http.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		if err := db.DB.Ping(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	http.Handle("POST /", push.NewHandler()) // want `db.DB.conn is set only by the main of .*cmd/server, but read by users.add, which runs in this callee, where it is nil`
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
