package main

import (
	"fmt"
	"log"
	"net/http"
	"os"

	"example.com/local/guards/right_nil_safe_metrics/internal/images"
	"example.com/local/guards/right_nil_safe_metrics/internal/metrics"
)

func main() {
	metrics.Enable()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "resized_total", metrics.Resized.Value())
	})
	mux.HandleFunc("POST /resize", func(w http.ResponseWriter, r *http.Request) {
		if err := images.Resize.Call(r.Context(), r.FormValue("path"), 320); err != nil {
			http.Error(w, err.Error(), 500)
		}
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), mux))
}
