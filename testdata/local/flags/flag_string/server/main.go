package main

import (
	"flag"
	"log"
	"net/http"
	"os"

	"example.com/local/flags/flag_string/thumbs"
)

func main() {
	flag.Parse()
	http.HandleFunc("POST /thumb", func(w http.ResponseWriter, r *http.Request) {
		if err := thumbs.Make.Call(r.Context(), r.FormValue("path")); err != nil {
			http.Error(w, err.Error(), 500)
		}
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
