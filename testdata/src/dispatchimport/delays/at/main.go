// At delays a call until a time.
package main

import (
	"context"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"

	"example.com/fixtures/src/dispatchimport/mail"
)

func options(t time.Time) []dispatch.CallOption { return []dispatch.CallOption{dispatch.At(t)} }

func main() { // want `the program delays a call \(main.go:15 in example.com/fixtures/src/dispatchimport/delays/at\), but Pub/Sub, its only transport, delays none: the call fails \(leave out dispatch.Delay and dispatch.At, or use cloudtasks\)`
	queue, err := transport.Open(context.Background(), "gcppubsub://projects/p/topics/t")
	if err != nil {
		return
	}
	dispatch.Use(dispatch.New(queue))
	_ = mail.Send.With(options(time.Now())...).Call(context.Background(), "ann")
}
