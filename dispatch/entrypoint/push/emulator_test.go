//go:build unix

package push_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/pubsubtest"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"
)

var größe = dispatch.Register(meldeGröße)

// reports has a channel for each test, by its name, to which its calls send a report.
var reports sync.Map

// meldeGröße has a name that is not ASCII, which headers must encode.
func meldeGröße(ctx context.Context, test, text string) error {
	info, _ := dispatch.FromContext(ctx)
	c, ok := reports.Load(test)
	if !ok {
		return errors.New("no test waits for the report")
	}
	select {
	case c.(chan report) <- report{info, text}:
		return nil
	default:
		return errors.New("too many reports")
	}
}

type report struct {
	dispatch.Info
	text string
}

// TestPush_emulator executes calls that Google's emulator pushes, wrapped and unwrapped.
func TestPush_emulator(t *testing.T) {
	client := pubsubtest.NewClient(t, pubsubtest.Emulator(t))
	for name, config := range map[string]*pubsubpb.PushConfig{
		"wrapped":   {},
		"unwrapped": {Wrapper: &pubsubpb.PushConfig_NoWrapper_{NoWrapper: &pubsubpb.PushConfig_NoWrapper{WriteMetadata: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t)
			topic := "projects/proj/topics/" + name
			if _, err := client.TopicAdminClient.CreateTopic(t.Context(), &pubsubpb.Topic{Name: topic}); err != nil {
				t.Fatal(err)
			}
			config.PushEndpoint = s.url
			pubsubtest.Push(t, client, topic, config)
			c := dispatch.New(gcppubsub.New(client, topic))
			received := make(chan report, 1)
			reports.Store(t.Name(), received)
			if err := größe.Call(dispatch.WithClient(t.Context(), c), t.Name(), "é<>&"); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			select {
			case got := <-received:
				if got.Name != größe.Name() || got.text != "é<>&" || time.Since(got.Time).Abs() > time.Hour {
					t.Errorf("ran %+v, want a call of %s just now", got, größe.Name())
				}
			case <-ctx.Done():
				t.Error("the call did not run")
			}
			s.stop()
			if err := <-s.served; err != nil {
				t.Errorf("Serve = %v, want nil", err)
			}
		})
	}
}
