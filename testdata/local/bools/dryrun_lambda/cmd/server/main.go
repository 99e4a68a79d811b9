package main

import (
	"context"
	"flag"
	"log"

	"example.com/local/bools/dryrun_lambda/internal/billing"
)

func main() {
	flag.BoolVar(&billing.DryRun, "dry-run", false, "charge nothing")
	flag.Parse()
	if err := billing.Charge.Call(context.Background(), "cus_9", 1999); err != nil {
		log.Fatal(err)
	}
}
