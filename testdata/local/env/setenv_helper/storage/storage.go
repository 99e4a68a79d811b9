package storage

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var bucket string

func init() { dispatch.OnStart(open) }

func open(context.Context) error {
	if bucket = os.Getenv("BUCKET"); bucket == "" {
		return errors.New("storage: set BUCKET")
	}
	return nil
}

var Write = dispatch.Register(write)

func write(ctx context.Context, path string) error {
	fmt.Printf("wrote %s/%s\n", bucket, path)
	return nil
}
