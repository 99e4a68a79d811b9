// The worker counts for its own log; its main reads the counter, and the server counts its requests in another one.

package main

import (
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	"example.com/local/reverse/right_logged_counter/internal/stats"
	_ "example.com/local/reverse/right_logged_counter/internal/work"
)

func main() {
	go func() {
		for range time.Tick(time.Minute) {
			slog.Info("processed", "calls", stats.Processed.Load())
		}
	}()
	http.HandleFunc("GET /stats", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "processed %d\n", stats.Processed.Load())
	})
	http.Handle("POST /", push.NewHandler())
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
