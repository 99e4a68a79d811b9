package pages

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/onebinary/worker_flag/internal/cache"
)

var Warm = dispatch.Register(warm)

func warm(ctx context.Context, path string) error { return cache.Shared.Put(path) }
