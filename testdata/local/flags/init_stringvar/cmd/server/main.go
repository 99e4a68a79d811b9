package main

import (
	"context"
	"flag"
	"log"

	"example.com/local/flags/init_stringvar/internal/mail"
)

func main() {
	flag.Parse()
	if err := mail.Send.Call(context.Background(), "ann"); err != nil {
		log.Fatal(err)
	}
}
