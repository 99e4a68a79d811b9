package main

import (
	"context"
	"log"

	"example.com/local/guards/right_with_defaults/internal/poll"
)

func main() {
	poll.Configure(poll.Options{Tries: 5, Name: "p"})
	if err := poll.Poll.Call(context.Background(), "x"); err != nil {
		log.Fatal(err)
	}
}
