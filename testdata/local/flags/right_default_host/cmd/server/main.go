package main

import (
	"context"
	"flag"
	"log"

	"example.com/local/flags/right_default_host/internal/mail"
)

func main() {
	flag.Parse()
	if err := mail.Send.Call(context.Background(), "ann"); err != nil {
		log.Fatal(err)
	}
}
