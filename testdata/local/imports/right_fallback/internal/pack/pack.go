package pack

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/imports/right_fallback/internal/codec"
)

var Pack = dispatch.Register(pack)

func pack(ctx context.Context, data []byte) error {
	fmt.Println("packed", len(data), "bytes with", codec.Best().Name())
	return nil
}
