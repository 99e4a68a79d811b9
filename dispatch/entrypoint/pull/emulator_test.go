//go:build unix

package pull_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/pubsubtest"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"
)

// TestReceive_emulator executes 10,048 calls that 64 goroutines publish to Google's
// emulator.
func TestReceive_emulator(t *testing.T) {
	const callers, each = 64, 157 // 10,048 in all
	client := pubsubtest.NewClient(t, pubsubtest.Emulator(t))
	pubsubtest.CreateTopic(t, client)
	subscribe(t, client)
	var mu sync.Mutex
	ran := make(map[string]int)
	all := make(chan struct{})
	scripts.Store(t.Name(), script(func(ctx context.Context, _ string) error {
		info, _ := dispatch.FromContext(ctx)
		mu.Lock()
		defer mu.Unlock()
		if ran[info.ID]++; len(ran) == callers*each && ran[info.ID] == 1 {
			close(all)
		}
		return nil
	}))
	tr := gcppubsub.New(client, pubsubtest.Topic)
	defer tr.Close()
	callCtx := dispatch.WithClient(t.Context(), dispatch.New(tr))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	start := time.Now()
	go func() { ended <- pull.Receive(ctx, gcppubsub.NewSubscription(client, subName)) }()
	var calls sync.WaitGroup
	for range callers {
		calls.Go(func() {
			if err := dispatch.Batch(callCtx, func(ctx context.Context) error {
				for range each {
					if err := run.Call(ctx, t.Name(), ""); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	select {
	case <-all:
	case <-time.After(2 * time.Minute):
		t.Error("some calls did not run within two minutes")
	}
	took := time.Since(start)
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Receive = %v, want nil", err)
	}
	total := 0
	for _, n := range ran {
		total += n
	}
	if len(ran) != callers*each {
		t.Errorf("%d different calls ran, want %d", len(ran), callers*each)
	}
	t.Logf("%d different calls ran, %d in all, within %v", len(ran), total, took)
}

// TestReceive_orderedBacklog_emulator: in a backlog with one ordering key, the running call
// is finished when Receive is told to stop, and the others do not start.
func TestReceive_orderedBacklog_emulator(t *testing.T) {
	client := pubsubtest.NewClient(t, pubsubtest.Emulator(t))
	pubsubtest.CreateTopic(t, client)
	if _, err := client.SubscriptionAdminClient.CreateSubscription(t.Context(), &pubsubpb.Subscription{
		Name: subName, Topic: pubsubtest.Topic, EnableMessageOrdering: true,
	}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var ran atomic.Int64
	scripts.Store(t.Name(), script(func(context.Context, string) error {
		ran.Add(1)
		stop()
		return nil
	}))
	tr := gcppubsub.New(client, pubsubtest.Topic)
	defer tr.Close()
	ordered := run.With(dispatch.OrderingKey("k"))
	if err := dispatch.Batch(dispatch.WithClient(t.Context(), dispatch.New(tr)), func(ctx context.Context) error {
		for range 20 {
			if err := ordered.Call(ctx, t.Name(), ""); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := pull.Receive(ctx, gcppubsub.NewSubscription(client, subName)); err != nil || ran.Load() != 1 {
		t.Errorf("Receive = %v, %d calls ran; want nil and 1", err, ran.Load())
	}
}
