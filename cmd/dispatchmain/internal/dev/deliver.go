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

// These are Pub/Sub's defaults for a subscription with a dead-letter topic, except
// for the backoff: it is short, since a person is watching.
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

// run delivers until the caller and every call have ended. If ctx is done, run
// returns when the callee has answered the calls that it is executing.
func (d *deliverer) run(ctx context.Context, callerDone <-chan struct{}) error {
	slots := make(chan struct{}, maxConcurrency)
	var running sync.WaitGroup
	defer running.Wait()
	for {
		// The order matters: once the caller has ended, only calls that are not
		// finished can publish more.
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

// isClosed reports whether c is closed. Nothing may be sent on c.
func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// deliver attempts to execute one message until its call has ended.
func (d *deliverer) deliver(ctx context.Context, m *pubsubpb.ReceivedMessage) {
	attrs := m.Message.Attributes
	c := call{ID: cmp.Or(attrs["ce-id"], m.Message.MessageId), Function: funcname.Short(cmp.Or(attrs["ce-subject"], "?"))}
	d.console.callStarted()
	start := time.Now()
	backoff := minBackoff
	for c.Attempts = 1; ; c.Attempts++ {
		// An attempt that has started is finished even if ctx is done.
		c.Outcome = d.push(context.WithoutCancel(ctx), m.Message, c.Attempts)
		if c.Outcome == outcomeRetry && ctx.Err() != nil {
			return // the attempt may have failed because the callee was stopped
		}
		if c.Outcome != outcomeRetry || c.Attempts == maxAttempts {
			break
		}
		d.console.callRetried()
		select {
		case <-time.After(backoff):
			backoff *= 2
		case <-ctx.Done():
			return
		}
	}
	c.Duration = time.Since(start)
	d.console.callEnded(c)
	if err := d.queue.finish(context.WithoutCancel(ctx), m.AckId); err != nil {
		d.console.printLine("acknowledge " + c.ID + ": " + err.Error())
	}
}

// push makes one attempt and returns its outcome.
func (d *deliverer) push(ctx context.Context, m *pubsubpb.PubsubMessage, attempt int) outcome {
	req, err := newRequest(ctx, d.callee.url, m, attempt)
	if err != nil {
		return outcomeRetry
	}
	resp, err := d.callee.client.Do(req)
	if err != nil {
		// The callee may have died. If so, its next process gets the call.
		return outcomeRetry
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body) // the callee has logged the error
	switch reported := resp.Header.Get("Dispatch-Outcome"); {
	case reported == "permanent", reported == "parked": // parked in a dead-letter sink
		return outcomePermanent
	case resp.StatusCode/100 == 2:
		return outcomeExecuted
	default:
		return outcomeRetry
	}
}

// newRequest returns the request that Eventarc sends for m: an event in binary mode.
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
