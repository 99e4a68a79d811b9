package main

import (
	"context"
	"log"

	"example.com/local/onstart/right_list/internal/config"
	"example.com/local/onstart/right_list/internal/notes"
)

func main() {
	ctx := context.Background()
	if err := config.Load(ctx); err != nil {
		log.Fatal(err)
	}
	if err := notes.Open(ctx); err != nil {
		log.Fatal(err)
	}
	if err := notes.Save.Call(ctx, "x"); err != nil {
		log.Fatal(err)
	}
}
