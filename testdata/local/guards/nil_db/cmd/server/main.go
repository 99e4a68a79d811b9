package main

import (
	"log"
	"net/http"
	"os"

	"example.com/local/guards/nil_db/internal/signup"
	"example.com/local/guards/nil_db/internal/store"
)

func main() {
	db, err := store.Open("postgres://localhost/app")
	if err != nil {
		log.Fatal(err)
	}
	store.DB = db
	http.HandleFunc("POST /signup", func(w http.ResponseWriter, r *http.Request) {
		if err := signup.Store.Call(r.Context(), r.FormValue("to")); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
		}
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
