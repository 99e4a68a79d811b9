package dev

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/cloud-functions-dispatch/go/internal/funcname"
)

// Pub/Sub's defaults for a subscription with a dead-letter topic, but for a
// backoff that a person can watch.
const (
	maxAttempts    = 5
	minBackoff     = 100 * time.Millisecond
	maxConcurrency = 16
)

// A deliverer pushes messages to the callee, as Eventarc does.
type deliverer struct {
	queue   *queue
	callee  *callee
	console *console
}

// run delivers until the caller is done and every call has ended, or ctx is done
// and the callee has answered what it was given.
func (d *deliverer) run(ctx context.Context, callerDone <-chan struct{}) error {
	slots := make(chan struct{}, maxConcurrency)
	var running sync.WaitGroup
	defer running.Wait()
	for {
		// Asked in this order: a caller that is done publishes no more, but
		// what runs may.
		callerEnded := isClosed(callerDone)
		if callerEnded && d.queue.pending() == 0 {
			return nil
		}
		msgs, err := d.queue.pull(ctx)
		if err != nil {
			return err
		}
		for _, m := range msgs {
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return ctx.Err()
			}
			running.Go(func() {
				defer func() { <-slots }()
				d.deliver(ctx, m)
			})
		}
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// deliver attempts one message until its call has ended.
func (d *deliverer) deliver(ctx context.Context, m *pubsubpb.ReceivedMessage) {
	attrs := m.Message.Attributes
	c := call{ID: cmp.Or(attrs["ce-id"], m.Message.MessageId), Function: funcname.Short(cmp.Or(attrs["ce-subject"], "?"))}
	d.console.began()
	start := time.Now()
	backoff := minBackoff
	for c.Attempts = 1; ; c.Attempts++ {
		// The end of ctx gives no attempt up that has begun.
		c.Outcome = d.push(context.WithoutCancel(ctx), m.Message, c.Attempts)
		if c.Outcome == outcomeRetry && ctx.Err() != nil {
			return // the callee was ended in the middle of it, perhaps
		}
		if c.Outcome != outcomeRetry || c.Attempts == maxAttempts {
			break
		}
		d.console.retries()
		select {
		case <-time.After(backoff):
			backoff *= 2
		case <-ctx.Done():
			return
		}
	}
	c.Duration = time.Since(start)
	d.console.ended(c)
	if err := d.queue.end(context.WithoutCancel(ctx), m.AckId); err != nil {
		d.console.line("acknowledge " + c.ID + ": " + err.Error())
	}
}

// push makes one attempt and says what came of it.
func (d *deliverer) push(ctx context.Context, m *pubsubpb.PubsubMessage, attempt int) outcome {
	req, err := newRequest(ctx, d.callee.url, m, attempt)
	if err != nil {
		return outcomeRetry
	}
	resp, err := d.callee.client.Do(req)
	if err != nil {
		// The callee has died, perhaps: its next process may do better.
		return outcomeRetry
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body) // what it says, the callee has logged
	switch said := resp.Header.Get("Dispatch-Outcome"); {
	case said == "permanent", said == "parked": // as a dead letter
		return outcomePermanent
	case resp.StatusCode/100 == 2:
		return outcomeExecuted
	default:
		return outcomeRetry
	}
}

// newRequest makes the event that Eventarc sends for m, in binary mode.
func newRequest(ctx context.Context, url string, m *pubsubpb.PubsubMessage, attempt int) (*http.Request, error) {
	type message struct {
		Data        []byte            `json:"data"`
		Attributes  map[string]string `json:"attributes"`
		MessageID   string            `json:"messageId"`
		PublishTime time.Time         `json:"publishTime"`
		OrderingKey string            `json:"orderingKey,omitempty"`
	}
	body, err := json.Marshal(map[string]any{
		"subscription":    subName,
		"deliveryAttempt": attempt,
		"message":         message{m.Data, m.Attributes, m.MessageId, m.PublishTime.AsTime(), m.OrderingKey},
	})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for k, v := range map[string]string{
		"Content-Type":   "application/json",
		"Ce-Id":          m.MessageId,
		"Ce-Source":      "//pubsub.googleapis.com/" + topicName,
		"Ce-Specversion": "1.0",
		"Ce-Time":        m.PublishTime.AsTime().Format(time.RFC3339Nano),
		"Ce-Type":        "google.cloud.pubsub.topic.v1.messagePublished",
	} {
		req.Header.Set(k, v)
	}
	return req, nil
}
