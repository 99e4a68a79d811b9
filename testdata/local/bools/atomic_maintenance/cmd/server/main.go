package main

import (
	"log"
	"net/http"
	"os"

	"example.com/local/bools/atomic_maintenance/internal/maintenance"
	"example.com/local/bools/atomic_maintenance/internal/users"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /admin/maintenance", func(w http.ResponseWriter, r *http.Request) {
		maintenance.Set(r.FormValue("on") == "true")
	})
	mux.HandleFunc("POST /purge", func(w http.ResponseWriter, r *http.Request) {
		if err := users.Purge.Call(r.Context(), r.FormValue("user")); err != nil {
			http.Error(w, err.Error(), 500)
		}
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), mux))
}
