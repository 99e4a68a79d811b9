package main

import (
	"context"
	"log"

	"example.com/local/holders/right_atomic_init/internal/config"
	"example.com/local/holders/right_atomic_init/internal/mail"
)

func main() {
	config.Set(&config.Config{Host: "smtp.corp", Port: 25})
	if err := mail.Send.Call(context.Background(), "ann"); err != nil {
		log.Fatal(err)
	}
}
