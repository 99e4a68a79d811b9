package dispatch_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

const (
	projectVar = "GCP_PROJECT"
	topicVar   = "CLOUD_FUNCTIONS_DISPATCH_GCP_PUBSUB_TOPIC"
)

// Not parallel: the environment belongs to the whole process.
func TestCall_withoutAClient(t *testing.T) {
	for _, tt := range []struct {
		what string
		env  map[string]string
		want []string
	}{
		{"nothing is set", nil, []string{"open DISPATCH_URL: it is not set", "or to mem:", "or call dispatch.Use)"}},
		{"half of the predecessor's", map[string]string{projectVar: "p"}, []string{"open DISPATCH_URL: it is not set"}},
		{"malformed", map[string]string{"DISPATCH_URL": "gcppubsub://u:hunter2@pro jects"}, []string{"open DISPATCH_URL: the URL is malformed"}},
		{"a control character", map[string]string{"DISPATCH_URL": "gcppubsub://u:hunter2@projects/\x01"}, []string{"the URL is malformed"}},
		{"no scheme", map[string]string{"DISPATCH_URL": "projects/p/topics/t?password=hunter2"}, []string{"the URL has no scheme"}},
		{"no colon", map[string]string{"DISPATCH_URL": "mem"}, []string{"the URL has no colon after its scheme (want mem:)"}},
		{"unknown scheme", map[string]string{"DISPATCH_URL": "carrier://u:hunter2@pigeon"}, []string{`no known transport has the scheme "carrier" (use cloudtasks or gcppubsub or mem`}},
		{"not linked", map[string]string{"DISPATCH_URL": "gcppubsub://projects/p/topics/t"},
			[]string{"open DISPATCH_URL: ", `(import _ "github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub" in package main)`}},
		{"the predecessor's", map[string]string{projectVar: "p", topicVar: "t"},
			[]string{"open " + projectVar + " and " + topicVar + ": ", `(import _ "github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"`}},
		{"both", map[string]string{projectVar: "p", topicVar: "t", "DISPATCH_URL": "carrier://x"}, []string{"open DISPATCH_URL: ", "carrier"}},
	} {
		t.Run(tt.what, func(t *testing.T) {
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			err := sumF.Call(t.Context(), t.Name())
			checkLine(t, err, "dispatch: call "+sumF.Name()+": ", tt.want...)
			checkHoldsNo(t, err, "hunter2")
		})
	}
}

// The error of a transport names its URL without the password. Not parallel.
func TestCall_uselessURL(t *testing.T) {
	t.Setenv("DISPATCH_URL", "mem://u:hunter2@host")
	err := sumF.Call(t.Context(), t.Name())
	if err == nil || !strings.HasPrefix(err.Error(), "dispatch: call "+sumF.Name()+": open DISPATCH_URL: mem://") {
		t.Errorf("Call = %v, want an error that names the URL", err)
	}
	checkHoldsNo(t, err, "hunter2")
}

// The default client is opened once, when the first call needs it. Not parallel.
func TestUse(t *testing.T) {
	t.Setenv("DISPATCH_URL", "counted://")
	first, cancel := context.WithCancel(t.Context())
	if err := sumF.Call(first, t.Name()); err != nil {
		t.Fatalf("Call = %v, want nil", err)
	}
	t.Cleanup(func() { dispatch.Use(nil) })
	cancel()
	if err := counted.ctx.Err(); err != nil {
		t.Errorf("the transport's context is done with that of the first call: %v", err)
	}
	if err := sumF.Call(t.Context(), t.Name()); err != nil || counted.opened != 1 || len(counted.sent) != 2 {
		t.Errorf("Call = %v; got %d transports and %d messages, want 1 and 2", err, counted.opened, len(counted.sent))
	}
	q, other := new(faulty), new(faulty)
	dispatch.Use(dispatch.New(q))
	ctx := dispatch.WithClient(t.Context(), dispatch.New(other))
	err := errors.Join(sumF.Call(t.Context(), t.Name()), sumF.Call(ctx, t.Name()),
		sumF.Call(dispatch.WithClient(ctx, nil), t.Name()))
	if err != nil || len(counted.sent) != 2 || len(q.sent) != 2 || len(other.sent) != 1 {
		t.Errorf("Call = %v; got %d, %d and %d messages by URL, Use and context, want 2, 2 and 1",
			err, len(counted.sent), len(q.sent), len(other.sent))
	}
	dispatch.Use(nil)
	if err := sumF.Call(t.Context(), t.Name()); err != nil || counted.opened != 2 {
		t.Errorf("after Use(nil): Call = %v; got %d transports, want 2", err, counted.opened)
	}
}

// counted is the transport that the scheme counted opens.
var counted struct {
	faulty
	opened int
	ctx    context.Context // under which it was opened
}

// If Use is called while the default client is being opened, its transport is closed,
// and the calls that waited for it go through the client of Use. Not parallel.
func TestUse_meanwhile(t *testing.T) {
	t.Setenv("DISPATCH_URL", "overtaken://")
	q := new(faulty)
	overtaken.meanwhile, overtaken.closed = dispatch.New(q), make(chan struct{})
	t.Cleanup(func() { dispatch.Use(nil) })
	if err := sumF.Call(t.Context(), t.Name()); err != nil || len(q.sent) != 1 || len(overtaken.sent) != 0 {
		t.Errorf("Call = %v; got %d messages by the client in use and %d by the other, want 1 and 0", err, len(q.sent), len(overtaken.sent))
	}
	<-overtaken.closed
}

// overtaken is the transport that the scheme overtaken opens. While it is opened, the
// client meanwhile becomes the default.
var overtaken struct {
	closing
	meanwhile *dispatch.Client
}

// A closing transport closes a channel when it is closed.
type closing struct {
	faulty
	closed chan struct{}
}

func (c *closing) Close() error {
	close(c.closed)
	return nil
}

func TestClient_Close(t *testing.T) {
	t.Parallel()
	q := mem.New()
	c := dispatch.New(q)
	ctx := dispatch.WithClient(t.Context(), c)
	if err := errors.Join(sumF.Call(ctx, t.Name(), 1), c.Close()); err != nil {
		t.Fatalf("Call and Close = %v, want nil", err)
	}
	if runs := recorded.of(t.Name()); len(runs) != 1 {
		t.Errorf("got %d runs once closed, want 1", len(runs))
	}
	if err := sumF.Call(ctx, t.Name()); !errors.Is(err, transport.ErrClosed) {
		t.Errorf("Call after Close = %v, want %v", err, transport.ErrClosed)
	}
}

func TestCall_context(t *testing.T) {
	t.Parallel()
	q := new(faulty)
	ctx := dispatch.WithClient(t.Context(), dispatch.New(q))
	prefix := "dispatch: call " + sumF.Name() + ": "

	var none context.Context
	checkLine(t, sumF.Call(none, t.Name()), prefix, "the context is nil (pass context.Background())")

	done, cancel := context.WithCancelCause(ctx)
	cancel(errRefused)
	err := sumF.Call(done, t.Name())
	checkLine(t, err, prefix, "the context is done: context canceled")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Call = %v, want %v inside", err, context.Canceled)
	}
	expired, cancelExpired := context.WithTimeout(ctx, -1)
	defer cancelExpired()
	if err := sumF.Call(expired, t.Name()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Call = %v, want %v inside", err, context.DeadlineExceeded)
	}
	if len(q.sent) != 0 {
		t.Errorf("%d messages were sent, want none", len(q.sent))
	}
}

// A call returns the error of the queue.
func TestCall_rejected(t *testing.T) {
	t.Parallel()
	q := &faulty{refuse: func(int, bool) error { return errRefused }}
	err := sumF.Call(dispatch.WithClient(t.Context(), dispatch.New(q)), t.Name())
	checkLine(t, err, "dispatch: call "+sumF.Name()+": ", errRefused.Error())
	if !errors.Is(err, errRefused) {
		t.Errorf("Call = %v, want %v inside", err, errRefused)
	}
}
