package gcppubsub_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/pubsubtest"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

func TestErrors(t *testing.T) {
	cases := []struct {
		name  string
		opts  []pstest.ServerReactorOption
		topic string
		code  codes.Code
		want  []string // parts of the text
	}{
		{"no such topic", nil, "projects/proj/topics/elsewhere", codes.NotFound,
			[]string{"publish to projects/proj/topics/elsewhere: the topic does not exist", "(create it with gcloud pubsub topics create, or correct DISPATCH_URL)"}},
		{"permission denied", []pstest.ServerReactorOption{pstest.WithErrorInjection("Publish", codes.PermissionDenied, "no")}, topic, codes.PermissionDenied,
			[]string{"publish to " + topic + ": permission denied", "(grant roles/pubsub.publisher on the topic)"}},
		{"invalid argument", []pstest.ServerReactorOption{pstest.WithErrorInjection("Publish", codes.InvalidArgument, "the reason")}, topic, codes.InvalidArgument,
			[]string{"publish to " + topic + ": ", "the reason"}},
	}
	for _, c := range cases {
		for method, send := range pubsubtest.SendMethods {
			t.Run(c.name+"/"+method, func(t *testing.T) {
				t.Parallel()
				s := pubsubtest.NewServer(t, c.opts...)
				tr := gcppubsub.New(pubsubtest.NewClient(t, s.Addr), c.topic)
				defer closeTransport(t, tr)
				m := message("secret-data")
				m.Attributes = map[string]string{"secret-key": "secret-value"}
				err := send(within(t), tr, m)
				if status.Code(err) != c.code {
					t.Fatalf("got error %v, want one with the status %v", err, c.code)
				}
				for _, want := range c.want {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("got error %q, want one with %q", err, want)
					}
				}
				if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "\n") {
					t.Errorf("got error %q, want one line without the message", err)
				}
			})
		}
	}
}

func TestUnavailable_recovers(t *testing.T) {
	t.Parallel()
	for method, send := range pubsubtest.SendMethods {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			r := &reactor{fail: func(n int, _ *pubsubpb.PublishRequest) error {
				if n <= 2 {
					return status.Error(codes.Unavailable, "try again")
				}
				return nil
			}}
			s := pubsubtest.NewServer(t, r.option())
			if err := send(within(t), newTransport(t, s), message("x")); err != nil {
				t.Errorf("got error %v, want nil after two failures", err)
			}
			if got := r.requests.Load(); got != 3 {
				t.Errorf("got %d requests, want 3", got)
			}
			if got := len(s.Messages()); got != 1 {
				t.Errorf("%d messages were published, want 1", got)
			}
		})
	}
}

// A queue that stays unavailable must not hold a call beyond its context.
func TestUnavailable_endsWithContext(t *testing.T) {
	t.Parallel()
	for method, send := range pubsubtest.SendMethods {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			down := true // changed only by the server, in one request at a time
			r := &reactor{fail: func(int, *pubsubpb.PublishRequest) error {
				if !down {
					return nil
				}
				down = false // so that the request is accepted, and Close returns
				cancel()
				return status.Error(codes.Unavailable, "try again")
			}}
			tr := newTransport(t, pubsubtest.NewServer(t, r.option()))
			err := send(ctx, tr, message("x"))
			// An enqueued message is not published under a caller's context, so it may have been
			// accepted before the wait checks its context.
			if method == "publish" && !errors.Is(err, context.Canceled) {
				t.Errorf("got error %v, want context.Canceled", err)
			}
			if method == "enqueue" && err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("got error %v, want nil or context.Canceled", err)
			}
		})
	}
}

// If a context ends during retries, the error names the reason of the last retry, also
// for a named queue.
func TestUnavailable_saysWhy(t *testing.T) {
	t.Parallel()
	for method, send := range pubsubtest.SendMethods {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			var up atomic.Bool
			r := &reactor{fail: func(n int, _ *pubsubpb.PublishRequest) error {
				if n == 3 { // the client knows of one failure at least
					cancel()
				}
				if up.Load() {
					return nil
				}
				return status.Error(codes.Unavailable, "the reason")
			}}
			s := pubsubtest.NewServer(t, r.option())
			if _, err := s.GServer.CreateTopic(ctx, &pubsubpb.Topic{Name: topic + "-images"}); err != nil {
				t.Fatal(err)
			}
			tr := newTransport(t, s)
			q, err := tr.Queue("images")
			if err != nil {
				t.Fatal(err)
			}
			err = send(ctx, q, message("x"))
			up.Store(true) // so that the request is accepted, and Close returns
			if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "context canceled, after rpc error: code = Unavailable desc = the reason") {
				t.Errorf("got error %v, want that the context ended, after the reason", err)
			}
		})
	}
}

// If the client gives up before the context ends, the error names the reason too.
func TestUnavailable_clientGivesUp(t *testing.T) {
	t.Parallel()
	r := &reactor{fail: func(int, *pubsubpb.PublishRequest) error { return status.Error(codes.Unavailable, "the reason") }}
	client := pubsubtest.NewClient(t, pubsubtest.NewServer(t, r.option()).Addr)
	admin := client.TopicAdminClient
	admin.CallOptions.Publish = append(admin.CallOptions.Publish, gax.WithTimeout(2*time.Second)) // long enough for a first failed attempt on a busy machine
	tr := gcppubsub.New(client, topic)
	err := tr.Publish(t.Context(), message("x"))
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "the reason") {
		t.Errorf("Publish = %v, want that the deadline was exceeded, after the reason", err)
	}
	if err := tr.Close(); err != nil {
		t.Error(err)
	}
}

// mem promises that a message it accepts is not too large for Pub/Sub.
func TestMaxSize_equalsMem(t *testing.T) {
	t.Parallel()
	if got, want := gcppubsub.New(nil, topic).MaxSize(), mem.New().MaxSize(); got != want {
		t.Errorf("MaxSize() = %d, want %d as in mem", got, want)
	}
}

func closeTransport(t *testing.T, tr transport.Transport) {
	t.Helper()
	if err := tr.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
}

// within returns a context with a timeout, so that a failing test does not block.
func within(tb testing.TB) context.Context {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 30*time.Second)
	tb.Cleanup(cancel)
	return ctx
}
