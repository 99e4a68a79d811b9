package main

import (
	"log"
	"net/http"
	"os"

	"example.com/local/context/auth_user/internal/auth"
	"example.com/local/context/auth_user/internal/posts"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /post", func(w http.ResponseWriter, r *http.Request) {
		if err := posts.Publish.Call(r.Context(), r.FormValue("text")); err != nil {
			http.Error(w, err.Error(), 500)
		}
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), auth.Middleware(mux)))
}
