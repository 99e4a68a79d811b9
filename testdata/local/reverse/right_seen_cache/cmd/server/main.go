package main

import (
	"log"
	"net/http"
	"os"

	"example.com/local/reverse/right_seen_cache/internal/jobs"
)

func main() {
	http.HandleFunc("POST /jobs", func(w http.ResponseWriter, r *http.Request) {
		if err := jobs.Run.Call(r.Context(), r.FormValue("id")); err != nil {
			http.Error(w, err.Error(), 500)
		}
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
