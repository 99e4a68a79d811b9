package storage

import (
	"cmp"
	"context"
	"fmt"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

func bucket() string { return cmp.Or(os.Getenv("BUCKET"), "default") }

var Write = dispatch.Register(write)

func write(ctx context.Context, path string) error {
	fmt.Printf("wrote %s/%s\n", bucket(), path)
	return nil
}
