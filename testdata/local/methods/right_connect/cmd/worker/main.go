// The worker's main calls DB.Connect, which sets the connection.

package main

import (
	"log"
	"net/http"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	"example.com/local/methods/right_connect/internal/db"
	_ "example.com/local/methods/right_connect/internal/users"
)

func main() {
	if err := db.DB.Connect("postgres://localhost"); err != nil {
		log.Fatal(err)
	}
	http.Handle("POST /", push.NewHandler())
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
