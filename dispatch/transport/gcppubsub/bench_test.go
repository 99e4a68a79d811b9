package gcppubsub_test

import (
	"context"
	"testing"

	"cloud.google.com/go/pubsub/v2"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/pubsubtest"
)

// BenchmarkPublish publishes one message and waits for the result.
func BenchmarkPublish(b *testing.B) {
	tr := newTransport(b, pubsubtest.NewServer(b))
	m := message(`["a.jpg",320]`)
	for b.Loop() {
		if err := tr.Publish(b.Context(), m); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPublish_clientLibrary does the same with the client library and its default
// settings, which delay a single message to collect others.
func BenchmarkPublish_clientLibrary(b *testing.B) {
	p := pubsubtest.NewClient(b, pubsubtest.NewServer(b).Addr).Publisher(topic)
	defer p.Stop()
	for b.Loop() {
		if _, err := p.Publish(b.Context(), &pubsub.Message{Data: []byte(`["a.jpg",320]`)}).Get(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBatch enqueues 100 messages and waits for all results.
func BenchmarkBatch(b *testing.B) {
	tr := newTransport(b, pubsubtest.NewServer(b))
	m := message(`["a.jpg",320]`)
	for b.Loop() {
		var waits []func(context.Context) error
		for range 100 {
			wait, err := tr.Enqueue(b.Context(), m)
			if err != nil {
				b.Fatal(err)
			}
			waits = append(waits, wait)
		}
		tr.Flush(within(b))
		for _, wait := range waits {
			if err := wait(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	}
}
