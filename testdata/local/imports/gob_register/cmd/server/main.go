package main

import (
	"context"
	"log"

	"example.com/local/imports/gob_register/internal/envelope"
	"example.com/local/imports/gob_register/internal/events"
	"example.com/local/imports/gob_register/internal/handle"
)

func main() {
	data, err := envelope.Encode(events.UserCreated{Name: "ann"})
	if err != nil {
		log.Fatal(err)
	}
	if err := handle.Event.Call(context.Background(), data); err != nil {
		log.Fatal(err)
	}
}
