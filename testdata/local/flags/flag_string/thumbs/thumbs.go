package thumbs

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/flags/flag_string/storage"
)

var Make = dispatch.Register(makeThumb)

func makeThumb(ctx context.Context, path string) error { return storage.Write(path) }
