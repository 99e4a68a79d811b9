package main

import (
	"fmt"
	"log"
	"net/http"
	"os"

	"example.com/local/reverse/status_map/internal/jobs"
)

func main() {
	http.HandleFunc("POST /jobs", func(w http.ResponseWriter, r *http.Request) {
		id := r.FormValue("id")
		jobs.Set(id, "running")
		if err := jobs.Run.Call(r.Context(), id); err != nil {
			http.Error(w, err.Error(), 500)
		}
	})
	http.HandleFunc("GET /jobs", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, jobs.Get(r.FormValue("id")))
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
