package main

import (
	"context"
	"log"

	"example.com/local/results/right_defaults_used/internal/work"
)

func main() {
	if err := work.Resize.Call(context.Background(), work.Job{Path: "a.jpg"}); err != nil {
		log.Fatal(err)
	}
}
