package main

import (
	"log"
	"net/http"
	"os"

	"example.com/local/onstart/getter/mail"
	"example.com/local/onstart/getter/settings"
)

func main() {
	settings.Use(&settings.Settings{SMTP: "smtp.corp:25"})
	http.HandleFunc("POST /send", func(w http.ResponseWriter, r *http.Request) {
		if err := mail.Send.Call(r.Context(), r.FormValue("to")); err != nil {
			http.Error(w, err.Error(), 500)
		}
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
