package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"example.com/local/onebinary/components/internal/component"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	make, ok := component.All[os.Args[1]]
	if !ok {
		log.Fatalf("no component %s", os.Args[1])
	}
	if err := make().Run(ctx); err != nil {
		log.Fatal(err)
	}
}
