// The database is opened before the commands part ways.

package main

import (
	"context"
	"log"
	"net/http"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	"example.com/local/onebinary/right_opened_first/orders"
)

func main() {
	orders.Conn = orders.Open("orders")
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		serve()
		return
	}
	if err := push.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func serve() {
	http.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		if err := orders.Store.Call(r.Context(), r.FormValue("id")); err != nil {
			http.Error(w, err.Error(), 500)
		}
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
