package dispatch_test

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

// Resize makes a thumbnail in the background. In an application it is in a package
// that both the caller and the callee import.
var Resize = dispatch.Register(resize)

func resize(ctx context.Context, path string, width int) error {
	fmt.Printf("resize %s to %d pixels\n", path, width)
	return nil
}

func ExampleRegister() {
	queue := mem.New() // in production: DISPATCH_URL=gcppubsub://projects/P/topics/T
	ctx := dispatch.WithClient(context.Background(), dispatch.New(queue))
	if err := Resize.Call(ctx, "a.jpg", 320); err != nil {
		fmt.Println(err) // the call was not published
	}
	_ = queue.Wait(ctx) // until the calls have been executed
	// Output: resize a.jpg to 320 pixels
}
