package main

import (
	"log"
	"net"
	"net/http"
	"os"

	"example.com/local/holders/syncmap_handlers/internal/hooks"
)

func main() {
	for _, e := range []string{"paid", "refunded"} {
		hooks.Add(e, "https://hooks.example/"+e)
	}
	http.HandleFunc("/fire", func(w http.ResponseWriter, r *http.Request) {
		if err := hooks.Fire.Call(r.Context(), r.FormValue("event")); err != nil {
			http.Error(w, err.Error(), 500)
		}
	})
	log.Fatal(http.ListenAndServe(net.JoinHostPort("", os.Getenv("PORT")), nil))
}
