package main

import (
	"context"
	"log"
	"os"

	"example.com/local/env/setenv_helper/storage"
)

func setDefaultEnv(key, value string) {
	if _, ok := os.LookupEnv(key); !ok {
		os.Setenv(key, value)
	}
}

func main() {
	setDefaultEnv("BUCKET", "pics")
	setDefaultEnv("REGION", "eu")
	if err := storage.Write.Call(context.Background(), "a.jpg"); err != nil {
		log.Fatal(err)
	}
}
