package dev

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

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
	queue   queue
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
func (d *deliverer) deliver(ctx context.Context, m *message) {
	attrs := m.attributes
	c := call{ID: cmp.Or(attrs["ce-id"], m.id), Function: funcname.Short(cmp.Or(attrs["ce-subject"], "?"))}
	d.console.callStarted()
	start := time.Now()
	backoff := minBackoff
	previous := repeats{console: d.console, function: c.Function}
	for c.Attempts = 1; ; c.Attempts++ {
		// An attempt that has started is finished even if ctx is done.
		c.Outcome, c.Reason = d.push(context.WithoutCancel(ctx), m, c.Attempts)
		if c.Outcome == outcomeRetry && ctx.Err() != nil {
			return // the attempt may have failed because the callee was stopped
		}
		last := c.Outcome != outcomeRetry || c.Attempts == maxAttempts
		previous.add(c.Reason, last)
		if last {
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
	if err := d.queue.finish(context.WithoutCancel(ctx), m); err != nil {
		d.console.printLine("acknowledge " + c.ID + ": " + err.Error())
	}
}

// repeats prints why attempts of a call failed: each reason once, then how often it was
// repeated.
type repeats struct {
	console  *console
	function string
	reason   string
	n        int
}

// add adds the reason of an attempt, which is empty if it succeeded. The line of the call
// has the reason of the last one.
func (r *repeats) add(reason string, last bool) {
	same := reason != "" && reason == r.reason
	if same {
		r.n++
	}
	if r.n > 0 && (last || !same) {
		what, times := "error", "times"
		if strings.HasPrefix(r.reason, panicPrefix) {
			what = "panic"
		}
		if r.n == 1 {
			times = "time"
		}
		r.console.printLine(fmt.Sprintf("%s: same %s again, %d %s", r.function, what, r.n, times))
		r.n = 0
	}
	// The callee reports a panic, with its stack.
	if !same && !last && !strings.HasPrefix(reason, panicPrefix) {
		r.console.printLine(r.function + " fails, and is tried again: " + reason)
	}
	r.reason = reason
}

// panicPrefix begins the reason of an attempt that panicked.
const panicPrefix = "panic: "

// push makes one attempt. It returns its outcome, and the reason if it failed.
func (d *deliverer) push(ctx context.Context, m *message, attempt int) (outcome, string) {
	req, err := newRequest(ctx, d.callee.url, m, attempt)
	if err != nil {
		return outcomeRetry, err.Error()
	}
	resp, err := d.callee.client.Do(req)
	if err != nil {
		// If the callee has died, its next process gets the call.
		return outcomeRetry, "the callee died"
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxReason))
	_, _ = io.Copy(io.Discard, resp.Body)
	reason := reasonIn(string(body), m.attributes["ce-subject"])
	switch reported := resp.Header.Get("Dispatch-Outcome"); {
	case reported == "permanent":
		return outcomePermanent, reason
	case reported == "parked": // in a dead-letter sink
		return outcomePermanent, "parked in the dead-letter sink"
	case resp.StatusCode/100 == 2:
		return outcomeExecuted, ""
	case reported == "": // the functions framework answers
		return outcomeRetry, quote(resp.Status + ": " + string(body))
	default:
		return outcomeRetry, reason
	}
}

// maxReason is the number of bytes of a reason that are read.
const maxReason = 16 << 10

// reasonIn returns the reason in the answer to a failed attempt, without the name of the
// function: the line of the call has it.
func reasonIn(body, function string) string {
	reason := strings.TrimPrefix(body, "dispatch: ")
	if rest, ok := strings.CutPrefix(reason, "execute "+function+": "); ok {
		reason = rest
	}
	return quote(reason)
}

// newRequest returns the request that Eventarc sends for m: an event in binary mode.
func newRequest(ctx context.Context, url string, m *message, attempt int) (*http.Request, error) {
	type published struct {
		Data        []byte            `json:"data"`
		Attributes  map[string]string `json:"attributes"`
		MessageID   string            `json:"messageId"`
		PublishTime time.Time         `json:"publishTime"`
		OrderingKey string            `json:"orderingKey,omitempty"`
	}
	body, err := json.Marshal(map[string]any{
		"subscription":    subName,
		"deliveryAttempt": attempt,
		"message":         published{m.data, m.attributes, m.id, m.published, m.orderingKey},
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
		"Ce-Id":          m.id,
		"Ce-Source":      "//pubsub.googleapis.com/" + topicName,
		"Ce-Specversion": "1.0",
		"Ce-Time":        m.published.Format(time.RFC3339Nano),
		"Ce-Type":        "google.cloud.pubsub.topic.v1.messagePublished",
	} {
		req.Header.Set(k, v)
	}
	return req, nil
}
