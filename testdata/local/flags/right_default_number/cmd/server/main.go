package main

import (
	"context"
	"flag"
	"log"

	"example.com/local/flags/right_default_number/crawl"
)

func main() {
	flag.Parse()
	if err := crawl.Crawl.Call(context.Background(), []string{"/", "/a", "/b"}); err != nil {
		log.Fatal(err)
	}
}
