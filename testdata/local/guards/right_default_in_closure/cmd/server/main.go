package main

import (
	"context"
	"log"
	"os"

	"example.com/local/guards/right_default_in_closure/internal/fetch"
)

func main() {
	fetch.Agent = os.Getenv("AGENT")
	if err := fetch.Feeds.Call(context.Background(), "a.example", "b.example"); err != nil {
		log.Fatal(err)
	}
}
