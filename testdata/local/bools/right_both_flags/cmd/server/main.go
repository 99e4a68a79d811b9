package main

import (
	"context"
	"flag"
	"log"

	"example.com/local/bools/right_both_flags/internal/billing"
)

func main() {
	billing.Flags(flag.CommandLine)
	flag.Parse()
	if err := billing.Charge.Call(context.Background(), "cus_9", 1999); err != nil {
		log.Fatal(err)
	}
}
