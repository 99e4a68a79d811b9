// Both programs set the variable.

package main

import (
	"context"
	"log"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/env/right_both_set/internal/mail"
)

func main() {
	os.Setenv("SMTP_HOST", "smtp.corp")
	if err := push.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}
