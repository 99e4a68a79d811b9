package dispatch_test

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// Welcome was registered as example.com/shop/mail.welcome before it moved here. With the
// name pinned, calls that are still in the queue are executed.
var Welcome = dispatch.Register(welcome, dispatch.Name("example.com/shop/mail.welcome"))

func welcome(ctx context.Context, to string) error { return nil }

func ExampleName() {
	fmt.Println(Welcome.Name())
	// Output: example.com/shop/mail.welcome
}
