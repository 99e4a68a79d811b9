package main

import (
	"log"
	"net/http"
	"os"

	"example.com/local/loggers/interface_logger/jobs"
	"example.com/local/loggers/interface_logger/logging"
)

func main() {
	logging.SetLogger(log.New(os.Stderr, "app: ", log.LstdFlags))
	http.HandleFunc("POST /run", func(w http.ResponseWriter, r *http.Request) {
		if err := jobs.Run.Call(r.Context(), r.FormValue("id")); err != nil {
			logging.Printf("run: %v", err)
			http.Error(w, "sorry", 500)
		}
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
