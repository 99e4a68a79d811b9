package main

import (
	"context"
	"log"
	"os"

	"example.com/local/writes/range_assign/replica"
)

func main() {
	// The last region on the command line wins.
	for _, replica.Region = range os.Args[1:] {
	}
	if err := replica.Copy.Call(context.Background(), "f"); err != nil {
		log.Fatal(err)
	}
}
