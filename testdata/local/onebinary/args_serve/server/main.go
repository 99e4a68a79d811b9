// The process that was started without "serve" never opens the database, so the delivery panics.

package main

import (
	"context"
	"log"
	"net/http"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	"example.com/local/onebinary/args_serve/orders"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		serve()
		return
	}
	if err := push.Run(context.Background()); err != nil { // want `orders.Conn is set only by the main of .*server, but read by orders.store, which runs in this callee, where it is nil`
		log.Fatal(err)
	}
}

func serve() {
	orders.Conn = orders.Open("orders")
	http.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		if err := orders.Store.Call(r.Context(), r.FormValue("id")); err != nil {
			http.Error(w, err.Error(), 500)
		}
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
