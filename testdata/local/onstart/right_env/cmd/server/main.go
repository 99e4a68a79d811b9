package main

import (
	"context"
	"log"

	"example.com/local/onstart/right_env/internal/store"
)

func main() {
	if err := store.Insert.Call(context.Background(), 4); err != nil {
		log.Fatal(err)
	}
}
