// Callee does not set all variables that its functions read.
package main

import (
	"net/http"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/fixtures/src/dispatchlocal/bad"
	"example.com/fixtures/src/dispatchlocal/config"
	_ "example.com/fixtures/src/dispatchlocal/good"
)

//dispatch:serves ./src/dispatchlocal/...

type handler struct{}

func (handler) ServeHTTP(http.ResponseWriter, *http.Request) { config.Zone = "zone" }

func main() {
	config.Known = "known"
	config.Conf.FromEnv()
	copy(config.Key[:], "key")
	http.Handle("/zone", handler{})
	http.Handle("/", push.NewHandler()) // want `config.Bucket is set only by the main of example.com/fixtures/src/dispatchlocal/server, but read by bad.upload, which runs in this callee, where it is "" \(set it in dispatch.OnStart, or pass it as an argument\)` `config.Limits.Size is set only by` `config.Level is set only by` `config.region is set only by`
}
