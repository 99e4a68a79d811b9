package main

import (
	"context"
	"log"
	"os"

	"example.com/local/env/right_optional_default/storage"
)

func main() {
	if _, ok := os.LookupEnv("BUCKET"); !ok {
		os.Setenv("BUCKET", "default")
	}
	if err := storage.Write.Call(context.Background(), "a.jpg"); err != nil {
		log.Fatal(err)
	}
}
