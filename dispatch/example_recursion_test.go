package dispatch_test

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

var Crawl *dispatch.Func[func(context.Context, int) error]

// crawl calls Crawl, so a package variable that is initialized with Register would be
// an initialization cycle. Register such functions in init.
func init() { Crawl = dispatch.Register(crawl) }

func crawl(ctx context.Context, depth int) error {
	fmt.Println("depth", depth)
	if depth == 2 {
		return nil
	}
	return Crawl.Call(ctx, depth+1)
}

func Example_functionThatCallsItself() {
	queue := mem.New() // in production: DISPATCH_URL=gcppubsub://projects/P/topics/T
	ctx := dispatch.WithClient(context.Background(), dispatch.New(queue))
	if err := Crawl.Call(ctx, 1); err != nil {
		fmt.Println(err)
	}
	_ = queue.Wait(ctx) // until the calls have been executed
	// Output:
	// depth 1
	// depth 2
}
