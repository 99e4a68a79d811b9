//go:build unix

package cloudevent_test

import (
	"net"
	"testing"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/emulator"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/killtest"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/pubsubtest"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"
)

// TestKill_emulator: if a callee under the functions framework is killed, its calls are
// pushed again to the next callee.
func TestKill_emulator(t *testing.T) {
	client := pubsubtest.NewClient(t, pubsubtest.Emulator(t))
	pubsubtest.CreateTopic(t, client)
	addr := emulator.FreeAddr(t)
	pubsubtest.Push(t, client, pubsubtest.Topic, &pubsubpb.PushConfig{PushEndpoint: "http://" + addr})
	_, port, _ := net.SplitHostPort(addr)
	killtest.Run(t, &killtest.Config{
		Client:  dispatch.New(gcppubsub.New(client, pubsubtest.Topic)),
		Program: "./testdata/callee",
		Env:     []string{"PORT=" + port, "FUNCTION_TARGET=Target"},
	})
}
