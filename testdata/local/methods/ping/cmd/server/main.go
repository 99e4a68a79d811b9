package main

import (
	"context"
	"log"

	"example.com/local/methods/ping/internal/db"
	"example.com/local/methods/ping/internal/users"
)

func main() {
	if err := db.DB.Connect("postgres://localhost"); err != nil {
		log.Fatal(err)
	}
	if err := users.Add.Call(context.Background(), "ann"); err != nil {
		log.Fatal(err)
	}
}
