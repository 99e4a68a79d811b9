package lambda_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/lambda"
	"github.com/cloud-functions-dispatch/go/internal/sqsserver"
)

// An endpoint is SQS. It records the requests that change visibilities.
type endpoint struct {
	sqsserver.Server
	url string

	mu      sync.Mutex
	changes map[string]int // seconds, by queue and receipt
	heads   []http.Header
}

// startEndpoint starts an endpoint, to which handlers of this test send their requests.
func startEndpoint(t *testing.T) *endpoint {
	t.Helper()
	e := &endpoint{changes: make(map[string]int)}
	e.OnDemand = true
	s := httptest.NewServer(e)
	t.Cleanup(s.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	e.url = s.URL
	t.Setenv("AWS_ENDPOINT_URL_SQS", s.URL)
	return e
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	if r.Header.Get("X-Amz-Target") == "AmazonSQS.ChangeMessageVisibilityBatch" {
		var in struct {
			QueueURL string `json:"QueueUrl"`
			Entries  []struct {
				ID                string `json:"Id"`
				ReceiptHandle     string
				VisibilityTimeout *int
			}
		}
		if err := json.Unmarshal(body, &in); err != nil || len(in.Entries) > 10 {
			panic(fmt.Sprint(len(in.Entries), err))
		}
		e.mu.Lock()
		e.heads = append(e.heads, r.Header)
		for _, c := range in.Entries {
			e.changes[path.Base(in.QueueURL)+" "+c.ReceiptHandle] = *c.VisibilityTimeout
		}
		e.mu.Unlock()
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	e.Server.ServeHTTP(w, r)
}

// do sends a request to e.
func (e *endpoint) do(t *testing.T, operation string, in, out any) {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "AmazonSQS."+operation)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }() // it was read
	if err := json.UnmarshalRead(resp.Body, out); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", operation, resp.Status, err)
	}
}

// receive returns the messages of the queue that are visible, as records. Their message
// IDs are their bodies.
func (e *endpoint) receive(t *testing.T, queue string) (records []*record) {
	t.Helper()
	var out struct {
		Messages []struct {
			ReceiptHandle, Body string
			Attributes          map[string]string
		}
	}
	e.do(t, "ReceiveMessage", map[string]any{"QueueUrl": queue, "MaxNumberOfMessages": 10, "VisibilityTimeout": 600}, &out)
	for _, m := range out.Messages {
		records = append(records, &record{
			MessageID: m.Body, ReceiptHandle: m.ReceiptHandle, Body: m.Body, Attributes: m.Attributes, EventSource: "aws:sqs", EventSourceARN: arn + queue,
		})
	}
	return records
}

// A failed message is delivered again after its backoff, one that was not started at once,
// and the visibility of an executed one stays.
func TestVisibility(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "an-id")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "a-key")
	t.Setenv("AWS_SESSION_TOKEN", "a-token")
	e := startEndpoint(t)
	h := newHandler(t, func(_ context.Context, what string) error {
		if strings.HasPrefix(what, "bad") {
			return errors.New("no")
		}
		return nil
	})
	var records []*record
	want := map[string]int{}
	add := func(queue, group, attempts, what string, seconds int) {
		r := recordOf(t, what)
		r.EventSourceARN, r.Attributes["ApproximateReceiveCount"] = arn+queue, attempts
		if group != "" {
			r.Attributes["MessageGroupId"] = group
		}
		records = append(records, r)
		if seconds >= 0 {
			want[queue+" "+r.ReceiptHandle] = seconds
		}
	}
	add("calls", "", "1", "good", -1)
	add("calls", "", "1", "bad 1", 1)
	add("calls", "", "4", "bad 4", 8)
	add("calls", "", "100", "bad 100", 600)
	add("calls", "", "", "bad ?", 1)
	for i := range 25 {
		add("other", "", "2", fmt.Sprint("bad other ", i), 2)
	}
	add("calls.fifo", "g", "3", "bad fifo", 4)
	add("calls.fifo", "g", "3", "waits", 0)
	add("calls.fifo", "h", "3", "good fifo", -1)
	failed := invoke(t, t.Context(), h, records...)
	if len(failed) != len(want) {
		t.Errorf("%d messages failed, want %d", len(failed), len(want))
	}
	for key, seconds := range want {
		if got, ok := e.changes[key]; !ok || got != seconds {
			t.Errorf("%s: visible after %ds (%v), want %ds", key, got, ok, seconds)
		}
	}
	if len(e.changes) != len(want) || len(e.heads) != 5 {
		t.Errorf("%d changes in %d requests, want %d in 5", len(e.changes), len(e.heads), len(want))
	}
	for _, head := range e.heads {
		if a := head.Get("Authorization"); !strings.HasPrefix(a, "AWS4-HMAC-SHA256 Credential=an-id/") || !strings.Contains(a, "/eu-west-1/sqs/aws4_request") || head.Get("X-Amz-Security-Token") != "a-token" {
			t.Errorf("a request has the authorization %q and the token %q", a, head.Get("X-Amz-Security-Token"))
		}
	}
}

// The endpoint shows a failed message again, and no message of KeepVisibility.
func TestVisibility_redelivery(t *testing.T) {
	e := startEndpoint(t)
	for _, c := range []struct {
		queue string
		opt   entrypoint.Option
		again []string
	}{
		{"calls.fifo", nil, []string{"first", "second"}},
		{"kept.fifo", lambda.KeepVisibility(), nil},
	} {
		for _, body := range []string{"first", "second"} { // no calls: they fail
			e.do(t, "SendMessage", map[string]any{"QueueUrl": c.queue, "MessageBody": body, "MessageGroupId": "g", "MessageDeduplicationId": body}, new(any))
		}
		h := newHandler(t, nil, c.opt)
		check(t, "failed", invoke(t, t.Context(), h, e.receive(t, c.queue)...), "first", "second")
		deadline := time.Now().Add(5 * time.Second)
		var got []string
		for len(got) < len(c.again) && time.Now().Before(deadline) {
			for _, r := range e.receive(t, c.queue) {
				got = append(got, r.MessageID)
			}
		}
		check(t, "delivered again from "+c.queue, got, c.again...)
		for key := range e.changes {
			if c.again == nil && strings.HasPrefix(key, c.queue) {
				t.Errorf("the visibility of %s was changed, want it kept", key)
			}
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A counter counts how often its idle connections are closed.
type counter struct {
	roundTripper
	closed int
}

func (c *counter) CloseIdleConnections() { c.closed++ }

// No connection is kept for the next event: Lambda freezes the process until then.
func TestVisibility_connections(t *testing.T) {
	t.Parallel()
	c := &counter{roundTripper: func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }}
	h := newHandler(t, func(context.Context, string) error { return errors.New("no") })
	h.SetTransport(c)
	check(t, "failed", invoke(t, t.Context(), h, recordOf(t, "bad")), "bad")
	if c.closed != 1 {
		t.Errorf("idle connections were closed %d times, want once", c.closed)
	}
}

// A body hangs until its context is done.
type body struct{ context.Context }

func (b body) Read([]byte) (int, error) { <-b.Done(); return 0, b.Err() }
func (b body) Close() error             { return nil }

// The answer comes before the deadline, whatever the endpoint does, and only a warning
// tells of the endpoint.
func TestVisibility_faults(t *testing.T) {
	t.Parallel()
	answer := func(status int, text string) roundTripper {
		return func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Status: http.StatusText(status), Body: io.NopCloser(strings.NewReader(text))}, nil
		}
	}
	for name, endpoint := range map[string]roundTripper{
		"hangs": func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() },
		"hangs in the body": func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Body: body{r.Context()}}, nil
		},
		"closes":     func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF },
		"refuses":    answer(http.StatusForbidden, "AccessDenied"),
		"is another": answer(http.StatusOK, "<html>"),
		"fails some": answer(http.StatusOK, `{"Successful":[],"Failed":[{"Id":"0","Code":"InternalError","SenderFault":false}]}`),
	} {
		for _, timeout := range []time.Duration{600 * time.Millisecond, 2 * time.Second, time.Minute} {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				h := lambda.NewHandler(entrypoint.Logger(slog.New(slog.NewTextHandler(&log, nil))))
				h.SetTransport(endpoint)
				var records []*record
				var want []string
				for i := range 200 {
					r := recordOf(t, fmt.Sprint("bad ", i))
					r.Body = "no call"
					records, want = append(records, r), append(want, r.MessageID)
				}
				ctx, cancel := context.WithTimeout(t.Context(), timeout)
				defer cancel()
				check(t, name+": failed", invoke(t, ctx, h, records...), want...)
				if ctx.Err() != nil {
					t.Errorf("%s: the answer came after the deadline in %v", name, timeout)
				}
				if n := strings.Count(log.String(), "failed messages are delivered late"); n != 1 {
					t.Errorf("%s: logged %d warnings, want 1", name, n)
				}
			})
		}
	}
}

// A request that fails by an error that may pass is repeated once.
func TestVisibility_repeats(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]roundTripper{
		"closes": func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF },
		"internal error": func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusServiceUnavailable, Body: io.NopCloser(strings.NewReader("later"))}, nil
		},
	} {
		var log bytes.Buffer
		requests := 0
		h := lambda.NewHandler(entrypoint.Logger(slog.New(slog.NewTextHandler(&log, nil))))
		h.SetTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
			if requests++; requests == 1 {
				return first(r)
			}
			if text, err := io.ReadAll(r.Body); err != nil || !strings.Contains(string(text), `"VisibilityTimeout"`) {
				t.Errorf("%s: the request was repeated with the body %q, %v", name, text, err)
			}
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(`{"Successful":[{"Id":"0"}],"Failed":[]}`))}, nil
		}))
		r := recordOf(t, "bad")
		r.Body = "no call"
		check(t, name+": failed", invoke(t, t.Context(), h, r), r.MessageID)
		if requests != 2 || strings.Contains(log.String(), "delivered late") {
			t.Errorf("%s: %d requests, want 2 and no warning", name, requests)
		}
	}
}
