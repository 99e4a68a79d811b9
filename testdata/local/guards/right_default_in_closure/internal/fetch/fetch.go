package fetch

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// Agent is the user agent of requests.
var Agent string

var Feeds = dispatch.Register(feeds)

func feeds(ctx context.Context, hosts ...string) error {
	agent := Agent
	if agent == "" {
		agent = "feeds/1.0"
	}
	var group sync.WaitGroup
	for _, host := range hosts {
		group.Go(func() {
			req := http.Request{Host: host, Header: http.Header{"User-Agent": {agent}}}
			fmt.Println("asked", req.Host, req.UserAgent())
		})
	}
	group.Wait()
	return nil
}
