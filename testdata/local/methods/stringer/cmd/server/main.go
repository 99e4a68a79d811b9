package main

import (
	"context"
	"log"

	"example.com/local/methods/stringer/internal/api"
	"example.com/local/methods/stringer/internal/items"
)

func main() {
	api.Default.Configure("https://api.example", "t0ken")
	if err := items.Fetch.Call(context.Background(), 3); err != nil {
		log.Fatal(err)
	}
}
