package main

import (
	"io"
	"log"
	"net/http"
	"os"

	"example.com/local/reverse/syncmap_results/report"
)

type api struct{}

func (api) create(w http.ResponseWriter, r *http.Request) {
	if err := report.Build.Call(r.Context(), r.FormValue("name")); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
	}
}

func (api) get(w http.ResponseWriter, r *http.Request) {
	s, ok := report.Result(r.FormValue("name"))
	if !ok {
		s = "not ready, try again later"
	}
	io.WriteString(w, s)
}

func main() {
	var a api
	mux := http.NewServeMux()
	mux.HandleFunc("POST /report", a.create)
	mux.HandleFunc("GET /report", a.get)
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), mux))
}
