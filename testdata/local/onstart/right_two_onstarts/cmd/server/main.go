package main

import (
	"context"
	"log"

	"example.com/local/onstart/right_two_onstarts/internal/config"
	"example.com/local/onstart/right_two_onstarts/internal/shard"
)

func main() {
	if err := config.Load(`{"shards": ["shard-a", "shard-b"]}`); err != nil {
		log.Fatal(err)
	}
	if err := shard.Find.Call(context.Background(), 3); err != nil {
		log.Fatal(err)
	}
}
