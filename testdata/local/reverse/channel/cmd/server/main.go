package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"sync/atomic"

	"example.com/local/reverse/channel/internal/events"
	"example.com/local/reverse/channel/internal/jobs"
)

func main() {
	var n atomic.Int64
	go events.Consume(func(e events.Event) { n.Add(1) })
	http.HandleFunc("POST /start", func(w http.ResponseWriter, r *http.Request) {
		if err := jobs.Run.Call(r.Context(), "1"); err != nil {
			http.Error(w, err.Error(), 500)
		}
	})
	http.HandleFunc("GET /events", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, n.Load()) })
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
