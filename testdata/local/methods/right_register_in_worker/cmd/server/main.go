package main

import (
	"log"
	"net/http"
	"os"

	"example.com/local/methods/right_register_in_worker/internal/convert"
	"example.com/local/methods/right_register_in_worker/internal/fx"
)

func main() {
	fx.Fill(&fx.T)
	http.HandleFunc("POST /convert", func(w http.ResponseWriter, r *http.Request) {
		if err := convert.Convert.Call(r.Context(), r.FormValue("to")); err != nil {
			http.Error(w, err.Error(), 500)
		}
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
