package sqs

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/sqsmessage"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/internal/sqsserver"
)

// A faulty endpoint answers as fail says, if it says anything.
type faulty struct {
	sqsserver.Server
	fail     func(operation string, body []byte) (answer string, status int)
	requests atomic.Int64
}

func (f *faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.requests.Add(1)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	if answer, status := f.fail(strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSQS."), body); answer != "" {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(status)
		fmt.Fprint(w, answer)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	f.Server.ServeHTTP(w, r)
}

// start starts the endpoint, and returns its address.
func (f *faulty) start(t *testing.T) string {
	t.Helper()
	f.OnDemand = true
	l := httptest.NewServer(f)
	t.Cleanup(l.Close)
	return l.Listener.Addr().String()
}

func message(data string) *transport.Message { return &transport.Message{Data: []byte(data)} }

// within returns a context with a timeout, so that a failing test does not block.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// sendMethods are the two ways to send a message. Each returns the result.
var sendMethods = map[string]func(context.Context, transport.Transport, *transport.Message) error{
	"publish": func(ctx context.Context, tr transport.Transport, m *transport.Message) error {
		return tr.Publish(ctx, m)
	},
	"enqueue": func(ctx context.Context, tr transport.Transport, m *transport.Message) error {
		wait, err := tr.Enqueue(ctx, m)
		if err != nil {
			return err
		}
		tr.Flush(ctx)
		return wait(ctx)
	},
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"QueueDoesNotExist":     "the queue does not exist (create it with aws sqs create-queue, or correct its URL)",
		"AccessDeniedException": "access denied (allow the actions that docs/deploy/aws.md lists, on this queue)",
		"KmsAccessDenied":       "access to the key of the queue denied (allow the actions of KMS that docs/deploy/aws.md lists, on this key)",
		"ExpiredToken":          "the credentials are not valid (renew them, or set AWS_PROFILE)",
		"Other":                 "Other: the reason",
	} {
		f := &faulty{fail: func(string, []byte) (string, int) {
			return `{"__type":"com.amazonaws.sqs#` + code + `","message":"the reason"}`, 400
		}}
		addr := f.start(t)
		for method, send := range sendMethods {
			err := send(within(t), newTransport(t, addr, "calls"), message("secret"))
			if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "send to http://"+addr+"/000000000000/calls: ") || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s of %s = %v, want one line with %q and without the message", method, code, err, want)
			}
		}
		s, err := transport.OpenSubscription(t.Context(), urlOf(addr, "calls"))
		if err != nil {
			t.Fatal(err)
		}
		if code == "Other" {
			continue // it is tried again
		}
		if err := s.Receive(within(t), 1, nil); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "receive from http://") {
			t.Errorf("Receive with %s = %v, want an error with %q", code, err, want)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// entriesOf returns the entries of a batch request, by their bodies.
func entriesOf(t *testing.T, body []byte) (ids, bodies []string) {
	var in struct {
		Entries []struct{ Id, MessageBody string }
	}
	if err := json.Unmarshal(body, &in); err != nil {
		t.Error(err)
	}
	for _, e := range in.Entries {
		ids, bodies = append(ids, e.Id), append(bodies, e.MessageBody)
	}
	return ids, bodies
}

// Of a batch, each message has its own result. One that SQS itself could not store is sent
// again, also after an answer that is lost.
func TestBatch_partialFailure(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var sent []string
	f := &faulty{fail: func(operation string, body []byte) (string, int) {
		if operation != "SendMessageBatch" {
			return "", 0
		}
		mu.Lock()
		defer mu.Unlock()
		ids, bodies := entriesOf(t, body)
		first := len(sent) == 0
		var ok, failed []string
		for i, b := range bodies {
			sent = append(sent, b)
			switch {
			case strings.Contains(b, "bad"):
				failed = append(failed, `{"Id":"`+ids[i]+`","Code":"InvalidMessageContents","Message":"no","SenderFault":true}`)
			case first && strings.Contains(b, "again"):
				failed = append(failed, `{"Id":"`+ids[i]+`","Code":"InternalError","Message":"no","SenderFault":false}`)
			default:
				ok = append(ok, `{"Id":"`+ids[i]+`","MessageId":"m","MD5OfMessageBody":"`+md5Of(b)+`"}`)
			}
		}
		return `{"Successful":[` + strings.Join(ok, ",") + `],"Failed":[` + strings.Join(failed, ",") + `]}`, 200
	}}
	tr := newTransport(t, f.start(t), "calls")
	var waits []func(context.Context) error
	for _, data := range []string{`"good"`, `"bad"`, `"again"`} {
		wait, err := tr.Enqueue(t.Context(), message(data))
		if err != nil {
			t.Fatal(err)
		}
		waits = append(waits, wait)
	}
	tr.Flush(within(t))
	for i, want := range []string{"", "InvalidMessageContents", ""} {
		err := waits[i](within(t))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("message %d: %v, want %q", i, err, want)
		}
	}
	if want := `{"data":"good"} {"data":"bad"} {"data":"again"} {"data":"again"}`; strings.Join(sent, " ") != want {
		t.Errorf("sent %s, want %s", sent, want)
	}
}

// On a FIFO queue no message is sent after a refused one with its key, until the next
// Flush.
func TestOrderedFailure_stopsTheKey(t *testing.T) {
	t.Parallel()
	var refuse atomic.Bool
	refuse.Store(true)
	f := &faulty{fail: func(operation string, _ []byte) (string, int) {
		if operation == "SendMessageBatch" && refuse.Swap(false) {
			return `{"__type":"com.amazonaws.sqs#InvalidMessageContents","message":"once"}`, 400
		}
		return "", 0
	}}
	tr := newTransport(t, f.start(t), "calls.fifo")
	var waits []func(context.Context) error
	enqueue := func(n int) {
		for i := range n {
			m := message(fmt.Sprint(i))
			m.OrderingKey = "customer-4711"
			wait, err := tr.Enqueue(within(t), m)
			if err != nil {
				t.Fatal(err)
			}
			waits = append(waits, wait)
		}
	}
	enqueue(10)
	if err := waits[0](within(t)); err == nil || !strings.Contains(err.Error(), "once") {
		t.Errorf("the first message: %v, want its error", err)
	}
	enqueue(25)
	tr.Flush(within(t))
	for i, wait := range waits[10:] {
		if err := wait(within(t)); err == nil || err.Error() != "an earlier message with the same ordering key was not accepted (send both again, in order)" {
			t.Errorf("message %d: %v, want that an earlier one was not accepted", 10+i, err)
		}
	}
	waits = nil
	enqueue(3)
	tr.Flush(within(t))
	for i, wait := range waits {
		if err := wait(within(t)); err != nil {
			t.Errorf("message %d after the Flush: %v, want nil", i, err)
		}
	}
}

// A large batch takes few requests, several at a time, and Enqueue waits when too much is
// enqueued.
func TestBatch_large(t *testing.T) {
	t.Parallel()
	var second sync.Once
	f := &faulty{}
	release := make(chan struct{})
	f.fail = func(string, []byte) (string, int) {
		if f.requests.Load() > 1 {
			second.Do(func() { close(release) })
		}
		<-release // until two requests are under way
		return "", 0
	}
	tr := newTransport(t, f.start(t), "calls")
	const n = 2000
	var waits []func(context.Context) error
	for range n {
		wait, err := tr.Enqueue(within(t), message("[]"))
		if err != nil {
			t.Fatal(err)
		}
		waits = append(waits, wait)
	}
	tr.Flush(within(t))
	for _, wait := range waits {
		if err := wait(within(t)); err != nil {
			t.Fatal(err)
		}
	}
	if got := f.requests.Load(); got > n/sqsmessage.MaxEntries*5/4 {
		t.Errorf("%d requests for %d messages, want about %d", got, n, n/sqsmessage.MaxEntries)
	}
}

func TestEnqueue_blocks(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	f := &faulty{fail: func(string, []byte) (string, int) { <-release; return "", 0 }}
	tr := newTransport(t, f.start(t), "calls")
	defer close(release)
	data := strings.Repeat("x", 700<<10)
	for range maxWaiting / len(data) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		_, err := tr.Enqueue(ctx, message(data))
		cancel()
		if err != nil {
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Enqueue of too much = %v, want that its context is done", err)
			}
			return
		}
	}
	t.Errorf("more than %d bytes are enqueued, want that Enqueue waits", maxWaiting)
}

func md5Of(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}
