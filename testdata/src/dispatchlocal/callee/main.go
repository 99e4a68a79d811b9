// Callee does not set what its functions read.
package main

import (
	"net/http"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/fixtures/src/dispatchlocal/bad"
	"example.com/fixtures/src/dispatchlocal/config"
	_ "example.com/fixtures/src/dispatchlocal/good"
)

//dispatch:serves ./src/dispatchlocal/...

func main() {
	config.Known = "known"
	http.Handle("/", push.NewHandler()) // want `config.Bucket is set by the main of example.com/fixtures/src/dispatchlocal/server only, and bad.upload, which runs here, reads it: it has its zero value \(set it in dispatch.OnStart, or pass it as an argument\)` `config.Limits is set by` `config.Verbose is set by` `config.region is set by`
}
