// The worker registers the rate by the same method, through a helper that takes a pointer.

package main

import (
	"log"
	"net/http"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/methods/right_register_in_worker/internal/convert"
	"example.com/local/methods/right_register_in_worker/internal/fx"
)

func main() {
	fx.Fill(&fx.T)
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), push.NewHandler()))
}
