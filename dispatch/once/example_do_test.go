package once_test

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/once"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

// marks keeps the marks in memory. In production they are in the database of the
// effect (oncesql, oncefirestore, oncedynamo) or in Redis (onceredis).
var marks once.Memory

var Mail = dispatch.Register(mail)

func mail(ctx context.Context, to string) error {
	return once.Do(ctx, &marks, func(ctx context.Context) error {
		fmt.Println("mail to", to)
		return nil
	})
}

func ExampleDo() {
	queue := mem.New()
	ctx := dispatch.WithClient(context.Background(), dispatch.New(queue))
	for range 2 { // the same call, delivered twice
		if err := Mail.With(dispatch.ID("welcome-ann")).Call(ctx, "ann"); err != nil {
			fmt.Println(err)
		}
		_ = queue.Wait(ctx)
	}
	// Output: mail to ann
}
