package sqs

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/sqsmessage"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/internal/sqsserver"
)

// benchmarkTransport returns a transport to an endpoint of our own.
func benchmarkTransport(b *testing.B) *Transport {
	b.Helper()
	l := httptest.NewServer(http.Handler(&sqsserver.Server{OnDemand: true}))
	b.Cleanup(l.Close)
	t, err := transport.Open(b.Context(), urlOf(l.Listener.Addr().String(), "calls"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := t.Close(); err != nil {
			b.Error(err)
		}
	})
	return t.(*Transport)
}

// call is a message as a call has it.
func call(i int) *transport.Message {
	return &transport.Message{Data: []byte(`["a.jpg",320]`), Attributes: map[string]string{
		"ce-specversion": "1.0", "ce-type": "dev.cloudfunctions.dispatch.call.v1", "ce-id": fmt.Sprintf("%026d", i),
		"ce-source": "example.com/app", "ce-subject": "example.com/app/thumbs.makeThumb",
	}}
}

// BenchmarkPublish publishes one message and waits for the result.
func BenchmarkPublish(b *testing.B) {
	t := benchmarkTransport(b)
	m := call(1)
	for b.Loop() {
		if err := t.Publish(b.Context(), m); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPublish_bare sends the same body and attribute by the client alone.
func BenchmarkPublish_bare(b *testing.B) {
	t := benchmarkTransport(b)
	e, _, err := t.entry(call(1))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := t.client.SendMessage(b.Context(), &sqs.SendMessageInput{QueueUrl: &t.queue, MessageBody: e.MessageBody, MessageAttributes: e.MessageAttributes}); err != nil {
			b.Fatal(err)
		}
	}
}

// batchSize is the number of messages in a batch.
const batchSize = 20_000

// BenchmarkBatch enqueues a batch and waits for all results.
func BenchmarkBatch(b *testing.B) {
	t := benchmarkTransport(b)
	for b.Loop() {
		var waits []func(context.Context) error
		for i := range batchSize {
			wait, err := t.Enqueue(b.Context(), call(i))
			if err != nil {
				b.Fatal(err)
			}
			waits = append(waits, wait)
		}
		t.Flush(b.Context())
		for _, wait := range waits {
			if err := wait(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkBatch_bare sends the same bodies and attributes by the client alone, with as
// many requests at a time.
func BenchmarkBatch_bare(b *testing.B) {
	t := benchmarkTransport(b)
	e, _, err := t.entry(call(1))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		next := make(chan int)
		var senders sync.WaitGroup
		for range 16 {
			senders.Go(func() {
				for range next {
					in := &sqs.SendMessageBatchInput{QueueUrl: &t.queue}
					for i := range sqsmessage.MaxEntries {
						in.Entries = append(in.Entries, types.SendMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), MessageBody: e.MessageBody, MessageAttributes: e.MessageAttributes})
					}
					if _, err := t.client.SendMessageBatch(b.Context(), in); err != nil {
						b.Error(err)
					}
				}
			})
		}
		for i := range batchSize / sqsmessage.MaxEntries {
			next <- i
		}
		close(next)
		senders.Wait()
	}
}
