package posts

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/context/right_executing/internal/auth"
)

var Publish = dispatch.Register(publish)

func publish(ctx context.Context, text string) error {
	fmt.Println(auth.FromContext(ctx).Name, "says", text)
	return nil
}
