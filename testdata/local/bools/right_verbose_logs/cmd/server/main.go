package main

import (
	"context"
	"flag"
	"log"

	"example.com/local/bools/right_verbose_logs/internal/billing"
)

func main() {
	flag.BoolVar(&billing.Verbose, "v", false, "log each step")
	flag.Parse()
	if err := billing.Charge.Call(context.Background(), "cus_9", 1999); err != nil {
		log.Fatal(err)
	}
}
