package crawl

import (
	"context"
	"flag"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var parallel = flag.Int("parallel", 4, "pages to fetch at a time")

var Crawl = dispatch.Register(crawl)

func crawl(ctx context.Context, pages []string) error {
	var wg sync.WaitGroup
	var n atomic.Int64
	jobs := make(chan string, len(pages))
	for _, p := range pages {
		jobs <- p
	}
	close(jobs)
	for range *parallel {
		wg.Go(func() {
			for range jobs {
				n.Add(1)
			}
		})
	}
	wg.Wait()
	fmt.Println("crawled", n.Load(), "pages")
	return nil
}
