package mail

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var sender string

// SetSender sets the address that mails come from.
func SetSender(s string) { sender = s }

var Send = dispatch.Register(send)

func send(ctx context.Context, to string) error {
	fmt.Println("from", sender, "to", to)
	return nil
}
