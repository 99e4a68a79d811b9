// Quiet sets all variables that its functions read.
package main

import (
	"context"
	"flag"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"

	_ "example.com/fixtures/src/dispatchlocal/bad"
	"example.com/fixtures/src/dispatchlocal/config"
)

//dispatch:serves ./src/dispatchlocal/bad

func init() {
	dispatch.OnStart(func(context.Context) error {
		config.SetRegion("us")
		return nil
	})
}

func main() {
	flag.StringVar(&config.Bucket, "bucket", "", "where pictures go")
	flag.Parse()
	config.Limits.Size = 4
	_ = pull.Run(context.Background())
}
