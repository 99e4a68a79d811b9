package pubsubrest_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/pubsubtest"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/transporttest"
)

func TestConformance(t *testing.T) {
	s := pubsubtest.NewServer(t)
	client := pubsubtest.NewClient(t, s.Addr)
	// The subtest makes the parallel cases end before the client is closed.
	t.Run("suite", func(t *testing.T) {
		transporttest.Run(t, transporttest.Harness{
			New: func(t *testing.T, h transport.Handler) transport.Transport {
				id := "t" + strings.ToLower(rand.Text())
				for _, id := range []string{id, id + "-other"} {
					pubsubtest.Receive(t, gcppubsub.NewSubscription(client, pubsubtest.CreateSubscription(t, client, id)), h)
				}
				return newTransport(t, new(gateway), s, "projects/proj/topics/"+id)
			},
		})
	})
}
