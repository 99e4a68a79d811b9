package pubsubrest_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/pubsubtest"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/pubsubrest"
)

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, topic string
		err         error // of the server; nil if the server finds it
		want        []string
	}{
		{"no such topic", "projects/proj/topics/elsewhere", nil,
			[]string{"publish to projects/proj/topics/elsewhere: the topic does not exist", "(create it with gcloud pubsub topics create, or correct DISPATCH_URL): 404 NOT_FOUND"}},
		{"permission denied", topic, status.Error(codes.PermissionDenied, "no"),
			[]string{"publish to " + topic + ": permission denied", "(grant roles/pubsub.publisher on the topic): 403 PERMISSION_DENIED no"}},
		{"invalid argument", topic, status.Error(codes.InvalidArgument, "the\nreason"),
			[]string{"publish to " + topic + ": 400 INVALID_ARGUMENT the reason"}},
	} {
		for method, send := range pubsubtest.SendMethods {
			t.Run(c.name+"/"+method, func(t *testing.T) {
				t.Parallel()
				g := &gateway{fail: func(int, *pubsubpb.PublishRequest) error { return c.err }}
				m := message("secret-data")
				m.Attributes = map[string]string{"secret-key": "secret-value"}
				err := send(within(t), newTransport(t, g, pubsubtest.NewServer(t), c.topic), m)
				if err == nil {
					t.Fatal("got nil, want an error")
				}
				for _, want := range c.want {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("got error %q, want one with %q", err, want)
					}
				}
				if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "\n") {
					t.Errorf("got error %q, want one line without the message", err)
				}
				if got := g.requests.Load(); got != 1 {
					t.Errorf("got %d requests, want 1", got)
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
			g := &gateway{fail: func(n int, _ *pubsubpb.PublishRequest) error {
				if n <= 2 {
					return status.Error(codes.Unavailable, "try again")
				}
				return nil
			}}
			s := pubsubtest.NewServer(t)
			if err := send(within(t), newTransport(t, g, s, topic), message("x")); err != nil {
				t.Errorf("got error %v, want nil after two failures", err)
			}
			if got, want := g.requests.Load(), len(s.Messages()); got != 3 || want != 1 {
				t.Errorf("got %d requests and %d messages, want 3 and 1", got, want)
			}
		})
	}
}

// If a context ends while the service is unavailable, the error says so, and why.
func TestUnavailable_endsWithContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	g := &gateway{fail: func(n int, _ *pubsubpb.PublishRequest) error {
		if n == 2 {
			cancel()
		}
		return status.Error(codes.Unavailable, "the reason")
	}}
	err := newTransport(t, g, pubsubtest.NewServer(t), topic).Publish(ctx, message("x"))
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "context canceled, after 503 UNAVAILABLE the reason") {
		t.Errorf("Publish = %v, want that the context ended, after the reason", err)
	}
}

// A message is accepted only if the answer says so.
func TestAnswer_incomplete(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"", "{}", `{"messageIds":[]}`, `{"messageIds":["1","2"]}`, "<html>"} {
		l := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(answer)) }))
		defer l.Close()
		client := &http.Client{Transport: new(http.Transport)}
		tr := pubsubrest.New(client, l.URL, topic)
		if err := tr.Publish(within(t), message("x")); err == nil || !strings.Contains(err.Error(), "(is the endpoint Pub/Sub?)") {
			t.Errorf("answered %q: %v, want an error", answer, err)
		}
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
		client.CloseIdleConnections()
	}
}

// The topic of a URL gets the messages, whatever characters its name has. The emulator's
// address comes from the environment.
func TestOpen(t *testing.T) {
	s := pubsubtest.NewServer(t)
	g := new(gateway)
	t.Setenv("PUBSUB_EMULATOR_HOST", strings.TrimPrefix(g.start(t, s), "http://"))
	const name = "projects/example.com:proj/topics/a.b_c~d+e%f"
	if _, err := s.GServer.CreateTopic(t.Context(), &pubsubpb.Topic{Name: name}); err != nil {
		t.Fatal(err)
	}
	tr, err := transport.Open(t.Context(), "pubsubrest://projects/example.com:proj/topics/a.b_c~d+e%25f")
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Publish(within(t), message("x")); err != nil {
		t.Error(err)
	}
	if err := tr.Close(); err != nil {
		t.Error(err)
	}
	if got := len(s.Messages()); got != 1 {
		t.Errorf("%d messages were published, want 1", got)
	}
	for _, url := range []string{"pubsubrest://projects/p/subscriptions/s", "pubsubrest://projects/p/topics/", "pubsubrest://p/topics/t", "pubsubrest://projects/p/topics/t?x=y"} {
		if _, err := transport.Open(t.Context(), url); err == nil || !strings.Contains(err.Error(), "(want pubsubrest://projects/PROJECT/topics/TOPIC)") {
			t.Errorf("Open(%s) = %v, want an error with the form", url, err)
		}
	}
}
