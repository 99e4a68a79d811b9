package main

import (
	"fmt"
	"log"
	"net/http"
	"os"

	"example.com/local/reverse/counter/internal/stats"
	"example.com/local/reverse/counter/internal/work"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /work", func(w http.ResponseWriter, r *http.Request) {
		if err := work.Do.Call(r.Context()); err != nil {
			http.Error(w, err.Error(), 500)
		}
	})
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "processed %d\n", stats.Processed())
	})
	srv := &http.Server{Addr: ":" + os.Getenv("PORT"), Handler: mux}
	log.Fatal(srv.ListenAndServe())
}
