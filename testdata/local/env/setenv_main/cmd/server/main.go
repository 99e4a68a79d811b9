package main

import (
	"context"
	"log"
	"os"

	"example.com/local/env/setenv_main/internal/mail"
)

func main() {
	os.Setenv("SMTP_HOST", "smtp.corp")
	if err := mail.Send.Call(context.Background(), "ann"); err != nil {
		log.Fatal(err)
	}
}
