// Package rest serves the functions that fixtures of other checks register, so that
// only the intended functions have no entrypoint.
package rest

import (
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/cloudevent"
	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/mem"

	_ "example.com/fixtures/src/directive/calls"
	_ "example.com/fixtures/src/dispatchargs/bad"
	_ "example.com/fixtures/src/dispatchargs/good"
	_ "example.com/fixtures/src/dispatchargs/handles"
	_ "example.com/fixtures/src/dispatchargs/protobuf"
	_ "example.com/fixtures/src/dispatchargs/protobuf/nested"
	_ "example.com/fixtures/src/dispatchargs/protobuf/through"
	_ "example.com/fixtures/src/dispatchargs/secrets"
	_ "example.com/fixtures/src/dispatchcall/bad"
	_ "example.com/fixtures/src/dispatchcall/good"
	_ "example.com/fixtures/src/dispatchregister/bad"
	_ "example.com/fixtures/src/dispatchregister/good"
	_ "example.com/fixtures/src/dispatchregister/shared"
	_ "example.com/fixtures/src/dispatchregister/through"
	_ "example.com/fixtures/src/dispatchregister/twin"
	_ "example.com/fixtures/src/registration/dotted.v3"
	_ "example.com/fixtures/src/registration/facts/c"
	_ "example.com/fixtures/src/registration/names"
	_ "example.com/fixtures/src/registration/renamed-folder"
	_ "example.com/fixtures/src/registration/v2"
)

//dispatch:serves ./src/dispatchargs/... ./src/dispatchcall/... ./src/directive/... ./src/dispatchregister/... ./src/registration/...

func init() { cloudevent.Register("Rest") }
