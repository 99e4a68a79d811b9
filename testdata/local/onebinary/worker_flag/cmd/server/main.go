// With -worker, main serves the calls before it connects to the cache, which is then nil.

package main

import (
	"context"
	"flag"
	"log"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"

	"example.com/local/onebinary/worker_flag/internal/cache"
	"example.com/local/onebinary/worker_flag/internal/pages"
)

var worker = flag.Bool("worker", false, "execute calls instead of serving pages")

func main() {
	flag.Parse()
	if err := realMain(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func realMain(ctx context.Context) error {
	if *worker {
		return pull.Run(ctx) // want `cache.Shared is set only by the main of .*cmd/server, but read by pages.warm, which runs in this callee, where it is nil`
	}
	c, err := cache.Dial("redis:6379")
	if err != nil {
		return err
	}
	cache.Shared = c
	return pages.Warm.Call(ctx, "/home")
}
