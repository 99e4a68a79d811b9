package images

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/context/right_default_logger/internal/logctx"
)

var Resize = dispatch.Register(resize)

func resize(ctx context.Context, path string) error {
	logctx.From(ctx).Info("resize", "path", path)
	fmt.Println("resized", path)
	return nil
}
