package main

import (
	"context"
	"log"

	"example.com/local/writes/multi_assign/internal/orders"
)

func main() {
	var err error
	orders.DB, err = orders.Open("orders.db")
	if err != nil {
		log.Fatal(err)
	}
	if err := orders.Save.Call(context.Background(), 3); err != nil {
		log.Fatal(err)
	}
}
