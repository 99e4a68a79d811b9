package sqs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/internal/outbox"
)

// A direct client passes requests to an endpoint without a network, so that a test can run
// in a bubble of testing/synctest.
type direct struct{ http.Handler }

func (d direct) Do(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	w, answered := httptest.NewRecorder(), make(chan struct{})
	c := r.Clone(r.Context())
	c.Body = io.NopCloser(bytes.NewReader(body))
	go func() {
		defer close(answered)
		d.ServeHTTP(w, c)
	}()
	select {
	case <-answered:
		return w.Result(), nil
	case <-r.Context().Done(): // an answer is lost
		return nil, r.Context().Err()
	}
}

// client returns a client of f without a network.
func (f *faulty) client() *sqs.Client {
	f.OnDemand = true
	return clientOf(f)
}

func clientOf(h http.Handler) *sqs.Client {
	return sqs.New(sqs.Options{
		Region: emulatorRegion, BaseEndpoint: aws.String("http://sqs"), HTTPClient: direct{h},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "a", SecretAccessKey: "b"}, nil
		}),
	})
}

const queueURL = "http://sqs/000000000000/"

// A message is accepted only if the answer says so.
func TestAnswer_incomplete(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{
		`{}`, " ", `{"Successful":[]}`, `{"Failed":[{"Code":"InternalError"}]}`,
		`{"Successful":[{"Id":"-1","MessageId":"m"},{"Id":"77","MessageId":"m"},{"Id":"x","MessageId":"m"}],"Failed":[{"Id":"-1"},{"Id":"88"}]}`,
	} {
		for method, send := range sendMethods {
			synctest.Test(t, func(t *testing.T) {
				f := &faulty{fail: func(string, []byte) (string, int) { return answer, 200 }}
				tr := New(f.client(), queueURL+"calls")
				if err := send(t.Context(), tr, message("1")); err == nil || !strings.Contains(err.Error(), "send to ") {
					t.Errorf("%s, answered %s: %v, want an error", method, answer, err)
				}
				if err := tr.Close(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// In a batch on a FIFO queue, a message is sent again only if that keeps the order of its
// key: not after a refused one, and not before an accepted one.
func TestBatch_orderedPartialFailure(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ messages, results, sent string }{
		{"ok busy", "yes yes", "ok busy busy"},
		{"busy bad busy", "yes no no", "busy bad busy busy"},
		{"busy ok", "no yes", "busy ok"},
		{"ok busy ok busy", "yes no yes no", "ok busy ok busy"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var sent []string
			f := &faulty{fail: func(_ string, body []byte) (string, int) {
				first := len(sent) == 0
				var ok, failed []string
				ids, bodies := entriesOf(t, body)
				for i, b := range bodies {
					b = strings.Split(b, `"`)[7] // the data
					sent = append(sent, b)
					switch {
					case b == "bad":
						failed = append(failed, `{"Id":"`+ids[i]+`","Code":"InvalidMessageContents","SenderFault":true}`)
					case b == "busy" && first:
						failed = append(failed, `{"Id":"`+ids[i]+`","Code":"InternalError","SenderFault":false}`)
					default:
						ok = append(ok, `{"Id":"`+ids[i]+`","MessageId":"m"}`)
					}
				}
				return `{"Successful":[` + strings.Join(ok, ",") + `],"Failed":[` + strings.Join(failed, ",") + `]}`, 200
			}}
			tr := New(f.client(), queueURL+"calls.fifo")
			var waits []func(context.Context) error
			for data := range strings.FieldsSeq(c.messages) {
				m := message(`"` + data + `"`)
				m.OrderingKey = "k"
				wait, err := tr.Enqueue(t.Context(), m)
				if err != nil {
					t.Fatal(err)
				}
				waits = append(waits, wait)
			}
			tr.Flush(t.Context())
			for i, want := range strings.Fields(c.results) {
				if err := waits[i](t.Context()); (err == nil) != (want == "yes") {
					t.Errorf("%s: message %d has the result %v, want it accepted: %s", c.messages, i, err, want)
				}
			}
			if got := strings.Join(sent, " "); got != c.sent {
				t.Errorf("sent %s, want %s", got, c.sent)
			}
			if err := tr.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// After a Flush a refused key is accepted, also while others enqueue.
func TestFlush_resumes(t *testing.T) {
	t.Parallel()
	f := &faulty{fail: func(_ string, body []byte) (string, int) {
		if strings.Contains(string(body), "bad") {
			return `{"__type":"com.amazonaws.sqs#InvalidMessageContents","message":"no"}`, 400
		}
		return "", 0
	}}
	tr := New(f.client(), queueURL+"calls.fifo")
	ctx, stop := context.WithCancel(within(t))
	var others sync.WaitGroup
	others.Go(func() {
		for ctx.Err() == nil {
			_, _ = tr.Enqueue(ctx, message("1"))
			runtime.Gosched()
		}
	})
	for i := range 60 {
		for _, data := range []string{`"bad"`, `"good"`} {
			m := message(data)
			m.OrderingKey = "k"
			wait, err := tr.Enqueue(within(t), m)
			if err != nil {
				t.Fatal(err)
			}
			tr.Flush(within(t))
			if err := wait(within(t)); (err == nil) != (data == `"good"`) {
				t.Errorf("round %d, %s: %v", i, data, err)
			}
		}
	}
	stop()
	others.Wait()
	if err := tr.Close(); err != nil {
		t.Error(err)
	}
}

// Close ends although the endpoint hangs, however many messages wait.
func TestClose_hangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		f := &faulty{fail: func(string, []byte) (string, int) { <-ctx.Done(); return "{}", 500 }}
		tr := New(f.client(), queueURL+"calls.fifo")
		var waits []func(context.Context) error
		for i := range 1000 {
			m := message(fmt.Sprint(i))
			m.OrderingKey = fmt.Sprint(i % 3)
			wait, err := tr.Enqueue(t.Context(), m)
			if err != nil {
				t.Fatal(err)
			}
			waits = append(waits, wait)
		}
		for i := range 1000 { // without a key, a refused message holds back no other
			wait, err := tr.Enqueue(t.Context(), message(fmt.Sprint(i)))
			if err != nil {
				t.Fatal(err)
			}
			waits = append(waits, wait)
		}
		start := time.Now()
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took > 2*outbox.SendTimeout {
			t.Errorf("Close took %v, want at most %v", took, 2*outbox.SendTimeout)
		}
		for _, wait := range waits {
			if wait(t.Context()) == nil {
				t.Fatal("a message was accepted")
			}
		}
		cancel()
	})
}

// A recorder records deliveries.
type recorder struct {
	start time.Time
	mu    sync.Mutex
	got   []string // data and time
}

func (r *recorder) note(d *transport.Delivery) (nth int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, g := range r.got {
		if data, _, _ := strings.Cut(g, "@"); data == string(d.Data) {
			nth++
		}
	}
	r.got = append(r.got, fmt.Sprintf("%s@%v", d.Data, time.Since(r.start).Round(time.Second)))
	return nth
}

func (r *recorder) all() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.got, " ")
}

// inWorker publishes messages to the named queue of f, runs a worker with h for the given
// time, and returns the deliveries with their times.
func inWorker(t *testing.T, f *faulty, queue string, data []string, d time.Duration, h func(nth int, d *transport.Delivery) error) string {
	t.Helper()
	var r recorder
	synctest.Test(t, func(t *testing.T) {
		client := f.client()
		tr := New(client, queueURL+queue)
		for _, data := range data {
			m := message(data)
			if tr.isFIFO() {
				m.OrderingKey = "k"
			}
			if err := tr.Publish(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), d)
		defer cancel()
		r.start = time.Now()
		err := NewSubscription(client, queueURL+queue).Receive(ctx, 10, func(_ context.Context, d *transport.Delivery) error {
			return h(r.note(d), d)
		})
		if err != nil {
			t.Errorf("Receive() = %v, want nil", err)
		}
		if over := time.Since(r.start) - d; over > time.Minute {
			t.Errorf("Receive returned %v after the end of its context, want a minute at most", over)
		}
	})
	return r.all()
}

// A message that fails while its lease is being extended is delivered again after its
// backoff.
func TestRelease_duringExtension(t *testing.T) {
	t.Parallel()
	var extended atomic.Bool
	f := &faulty{fail: func(operation string, _ []byte) (string, int) {
		if operation == "ChangeMessageVisibilityBatch" && !extended.Swap(true) { // after 10s
			time.Sleep(2500 * time.Millisecond)
		}
		return "", 0
	}}
	got := inWorker(t, f, "calls", []string{"1"}, time.Minute, func(nth int, _ *transport.Delivery) error {
		if nth == 0 {
			time.Sleep(12 * time.Second)
			return errors.New("fails once")
		}
		return nil
	})
	if want := "1@0s 1@14s"; got != want {
		t.Errorf("delivered %s, want %s", got, want)
	}
}

// A message whose lease was lost while it waited for its group is left to whoever has it.
func TestLostLease_isNotExecuted(t *testing.T) {
	t.Parallel()
	f := &faulty{fail: func(operation string, _ []byte) (string, int) {
		if operation == "ChangeMessageVisibilityBatch" {
			return `{"__type":"com.amazonaws.sqs#InternalError","message":"no"}`, 500
		}
		return "", 0
	}}
	got := inWorker(t, f, "calls.fifo", []string{"1", "2"}, time.Minute, func(nth int, d *transport.Delivery) error {
		if string(d.Data) == "1" && nth == 0 {
			time.Sleep(40 * time.Second)
		}
		return nil
	})
	if want := "1@0s 1@30s 2@30s"; got != want {
		t.Errorf("delivered %s, want %s", got, want)
	}
}

// A message whose lease was extended while it waited for its group is executed.
func TestExtendedLease_isExecuted(t *testing.T) {
	t.Parallel()
	f := &faulty{fail: func(string, []byte) (string, int) { return "", 0 }}
	got := inWorker(t, f, "calls.fifo", []string{"1", "2"}, 2*outbox.SendTimeout, func(int, *transport.Delivery) error {
		time.Sleep(45 * time.Second)
		return nil
	})
	if want := "1@0s 2@45s"; got != want {
		t.Errorf("delivered %s, want %s", got, want)
	}
}

// A worker neither spins nor ends when the endpoint answers at once that there is nothing.
func TestReceive_emptyAnswers(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{`{}`, `{"Messages":null}`, " "} {
		var n atomic.Int64
		f := &faulty{fail: func(operation string, _ []byte) (string, int) {
			if operation == "ReceiveMessage" {
				n.Add(1)
				return answer, 200
			}
			return "", 0
		}}
		inWorker(t, f, "calls", nil, time.Minute, nil)
		if want := int64(time.Minute/firstPause) + 2; n.Load() > want {
			t.Errorf("%d requests in a minute with the answer %s, want at most %d", n.Load(), answer, want)
		}
	}
}

// A request to receive that is never answered does not stop a worker.
func TestReceive_hangs(t *testing.T) {
	t.Parallel()
	var hung atomic.Bool
	f := &faulty{fail: func(operation string, _ []byte) (string, int) {
		if operation == "ReceiveMessage" && !hung.Swap(true) {
			time.Sleep(100 * time.Second)
		}
		return "", 0
	}}
	got := inWorker(t, f, "calls", []string{"1"}, 2*outbox.SendTimeout, func(int, *transport.Delivery) error { return nil })
	if want := "1@31s"; got != want {
		t.Errorf("delivered %q, want %q", got, want)
	}
}

// A message that SQS could not delete is not delivered again: it is deleted later.
func TestDelete_failsOnce(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{`{"Failed":[{"Id":"0","Code":"InternalError","SenderFault":false}]}`, `{}`} {
		var failed atomic.Bool
		f := &faulty{fail: func(operation string, _ []byte) (string, int) {
			if operation == "DeleteMessageBatch" && !failed.Swap(true) {
				return answer, 200
			}
			return "", 0
		}}
		got := inWorker(t, f, "calls", []string{"1"}, time.Minute, func(int, *transport.Delivery) error { return nil })
		if want := "1@0s"; got != want {
			t.Errorf("delivered %s after the answer %s, want %s", got, answer, want)
		}
	}
}

// A worker that may not delete messages, or not extend and return them, ends: it would
// execute the same calls for ever.
func TestReceive_mayNotReport(t *testing.T) {
	t.Parallel()
	for operation, result := range map[string]error{"DeleteMessageBatch": nil, "ChangeMessageVisibilityBatch": errors.New("no")} {
		synctest.Test(t, func(t *testing.T) {
			f := &faulty{fail: func(op string, _ []byte) (string, int) {
				if op == operation {
					return `{"__type":"com.amazonaws.sqs#AccessDeniedException","message":"no"}`, 400
				}
				return "", 0
			}}
			client := f.client()
			if err := New(client, queueURL+"calls").Publish(t.Context(), message("1")); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			err := NewSubscription(client, queueURL+"calls").Receive(ctx, 10, func(context.Context, *transport.Delivery) error { return result })
			if err == nil || !strings.Contains(err.Error(), accessDenied) || !strings.Contains(err.Error(), operation) {
				t.Errorf("Receive without the right to %s = %v, want that access is denied", operation, err)
			}
		})
	}
}

// A message whose deletion takes long keeps its lease.
func TestDelete_slow(t *testing.T) {
	t.Parallel()
	f := &faulty{fail: func(operation string, _ []byte) (string, int) {
		if operation == "DeleteMessageBatch" {
			time.Sleep(9 * time.Second)
		}
		return "", 0
	}}
	var data []string
	for i := range 400 {
		data = append(data, fmt.Sprint(i))
	}
	got := inWorker(t, f, "calls", data, 2*outbox.SendTimeout, func(int, *transport.Delivery) error { return nil })
	if n := strings.Count(got, "@"); n != len(data) {
		t.Errorf("%d deliveries of %d messages", n, len(data))
	}
}

// A standard queue may have groups (a fair queue), which are not handled in order.
func TestFairQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &faulty{fail: func(string, []byte) (string, int) { return "", 0 }}
		client := f.client()
		for range 2 {
			if _, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: aws.String(queueURL + "calls"), MessageBody: aws.String("1"), MessageGroupId: aws.String("tenant")}); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		var both sync.WaitGroup
		both.Add(2)
		err := NewSubscription(client, queueURL+"calls").Receive(ctx, 10, func(context.Context, *transport.Delivery) error {
			both.Done()
			both.Wait()
			cancel()
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}
