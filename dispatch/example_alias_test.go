package dispatch_test

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// Notify was registered as example.com/shop.send. New calls carry its new name; calls
// under the old one are executed as well.
var Notify = dispatch.Register(notify, dispatch.Name("example.com/shop.notify"), dispatch.Alias("example.com/shop.send"))

func notify(ctx context.Context, to string) error { return nil }

func ExampleAlias() {
	fmt.Println(Notify.Name())
	// Output: example.com/shop.notify
}
