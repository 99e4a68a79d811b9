package mail

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/onstart/getter/settings"
)

type client struct{ addr string }

var c client

func init() { dispatch.OnStart(dial) }

func dial(context.Context) error {
	c = client{addr: settings.Get().SMTP}
	return nil
}

var Send = dispatch.Register(send)

func send(ctx context.Context, to string) error {
	fmt.Println(to, "via", c.addr)
	return nil
}
