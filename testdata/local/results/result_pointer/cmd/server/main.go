package main

import (
	"context"
	"fmt"
	"log"

	"example.com/local/results/result_pointer/internal/work"
)

func main() {
	var n int
	if err := work.Measure.Call(context.Background(), work.Job{Path: "a.jpg", Result: &n}); err != nil {
		log.Fatal(err)
	}
	fmt.Println("length", n)
}
