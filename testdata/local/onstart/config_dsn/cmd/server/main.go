package main

import (
	"cmp"
	"context"
	"log"
	"os"

	"example.com/local/onstart/config_dsn/internal/config"
	"example.com/local/onstart/config_dsn/internal/store"
)

func main() {
	config.DSN = cmp.Or(os.Getenv("DSN"), "postgres://localhost/app")
	if err := store.Insert.Call(context.Background(), 4); err != nil {
		log.Fatal(err)
	}
}
