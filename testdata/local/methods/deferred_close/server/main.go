package main

import (
	"context"
	"log"

	"example.com/local/methods/deferred_close/jobs"
	"example.com/local/methods/deferred_close/queue"
)

func main() {
	queue.Default.Open("broker")
	defer queue.Default.Close()
	if err := jobs.Forward.Call(context.Background(), 5); err != nil {
		log.Print(err)
	}
}
