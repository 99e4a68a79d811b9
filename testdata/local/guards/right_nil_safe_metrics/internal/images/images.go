package images

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/guards/right_nil_safe_metrics/internal/metrics"
)

var Resize = dispatch.Register(resize)

func resize(ctx context.Context, path string, width int) error {
	defer metrics.Resized.Inc()
	fmt.Println("resized", path, "to", width)
	return nil
}
