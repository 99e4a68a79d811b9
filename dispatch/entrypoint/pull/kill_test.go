//go:build unix

package pull_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/killtest"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/pubsubtest"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"
	"github.com/cloud-functions-dispatch/go/internal/race"
)

// TestKill: what a worker had when it was killed is delivered again to the
// next, and every call has its effect. Google's emulator would not serve here:
// it goes on giving messages to the streams of killed workers.
func TestKill(t *testing.T) {
	if race.Enabled {
		t.Skip("the workers that it kills are built without the race detector, and pstest changes the ack ID of a message that it may still be sending (tryDeliverMessage, sendLoop)")
	}
	t.Parallel()
	s := pubsubtest.NewServer(t)
	// The leases of a killed worker end at once. All in all the clock stays
	// within the ten minutes that pstest keeps a message.
	var skew atomic.Int64
	s.SetTimeNowFunc(func() time.Time { return time.Now().Add(time.Duration(skew.Load())) })
	client := pubsubtest.NewClient(t, s.Addr)
	subscribe(t, client)
	killtest.Run(t, &killtest.Config{
		Client:  dispatch.New(gcppubsub.New(client, pubsubtest.Topic)),
		Program: "./testdata/worker",
		Env:     []string{"PUBSUB_EMULATOR_HOST=" + s.Addr, "DISPATCH_SUBSCRIPTION=gcppubsub://" + subName},
		Killed:  func() { skew.Add(int64(31 * time.Second)) },
	})
}
