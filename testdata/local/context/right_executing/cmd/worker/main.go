// A middleware of the callee puts the user into the context, from an attribute of the message.

package main

import (
	"cmp"
	"context"
	"log"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"

	"example.com/local/context/right_executing/internal/auth"
	_ "example.com/local/context/right_executing/internal/posts"
)

func user(next transport.Handler) transport.Handler {
	return func(ctx context.Context, d *transport.Delivery) error {
		u := &auth.User{Name: cmp.Or(d.Attributes["ce-user"], "robot")}
		return next(auth.NewContext(ctx, u), d)
	}
}

func main() {
	if err := push.Run(context.Background(), entrypoint.Executing(user)); err != nil {
		log.Fatal(err)
	}
}
