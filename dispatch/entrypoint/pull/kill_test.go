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

// TestKill: if a worker is killed, its calls are delivered again to the next worker, and
// every call has its effect. Google's emulator cannot be used here: it still sends
// messages to the streams of killed workers.
func TestKill(t *testing.T) {
	if race.Enabled {
		t.Skip("the workers that it kills are built without the race detector, and pstest changes the ack ID of a message that it may still be sending (tryDeliverMessage, sendLoop)")
	}
	t.Parallel()
	s := pubsubtest.NewServer(t)
	// After each kill, the clock is advanced to end the leases of the killed worker. In
	// total that is less than the ten minutes for which pstest keeps a message.
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
