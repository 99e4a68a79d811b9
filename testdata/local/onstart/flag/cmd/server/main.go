package main

import (
	"context"
	"flag"
	"log"

	"example.com/local/onstart/flag/internal/geo"
)

func main() {
	flag.StringVar(&geo.Endpoint, "endpoint", "https://localhost", "geo service")
	flag.Parse()
	if err := geo.Lookup.Call(context.Background(), "Bern"); err != nil {
		log.Fatal(err)
	}
}
