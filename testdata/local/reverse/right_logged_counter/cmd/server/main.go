package main

import (
	"fmt"
	"log"
	"net/http"
	"os"

	"example.com/local/reverse/right_logged_counter/internal/stats"
	"example.com/local/reverse/right_logged_counter/internal/work"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /work", func(w http.ResponseWriter, r *http.Request) {
		stats.Published.Add(1)
		if err := work.Do.Call(r.Context()); err != nil {
			http.Error(w, err.Error(), 500)
		}
	})
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "published %d\n", stats.Published.Load())
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), mux))
}
