package mail

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var Send = dispatch.Register(send)

func send(ctx context.Context, to string) error {
	fmt.Println("sent to", to, "via", host)
	return nil
}
