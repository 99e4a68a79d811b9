package gcppubsub_test

import (
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/pubsubtest"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// Not parallel, because it sets an environment variable that the client reads.
func TestOpen_emulator(t *testing.T) {
	s := pubsubtest.NewServer(t)
	t.Setenv("PUBSUB_EMULATOR_HOST", s.Addr)
	tr, err := transport.Open(t.Context(), "gcppubsub://"+topic)
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Publish(within(t), message("by URL")); err != nil {
		t.Errorf("Publish() = %v, want nil", err)
	}
	closeTransport(t, tr) // closes its client too, as goleak checks
	if got := s.Messages(); len(got) != 1 || string(got[0].Data) != "by URL" || got[0].Topic != topic {
		t.Errorf("the server got %v, want one message \"by URL\" on %s", got, topic)
	}
}

func TestOpen_malformed(t *testing.T) {
	// If a malformed URL is accepted, it must not reach a real Pub/Sub.
	t.Setenv("PUBSUB_EMULATOR_HOST", "127.0.0.1:1")
	const remedy = "(want gcppubsub://projects/PROJECT/topics/TOPIC)"
	for _, c := range []struct{ url, want string }{
		{"gcppubsub:", remedy},
		{"gcppubsub://", remedy},
		{"gcppubsub:projects/p/topics/t", remedy},
		{"gcppubsub:///projects/p/topics/t", remedy},
		{"gcppubsub://p/topics/t", remedy},
		{"gcppubsub://projects/p", remedy},
		{"gcppubsub://projects/p/topics", remedy},
		{"gcppubsub://projects/p/topics/", remedy},
		{"gcppubsub://projects//topics/t", remedy},
		{"gcppubsub://projects/p/topics/t/", remedy},
		{"gcppubsub://projects/p/topics/t/u", remedy},
		{"gcppubsub://projects/p/topics/t%2Fu", remedy},
		{"gcppubsub://projects/p/Topics/t", remedy},
		{"gcppubsub://projects/p/subscriptions/s", remedy},
		{"gcppubsub://projects:80/p/topics/t", remedy},
		{"gcppubsub://projects/p/topics/t?key=value", remedy},
		{"gcppubsub://projects/p/topics/t#fragment", remedy},
		{"gcppubsub://user:hidden@projects/p/topics/t", remedy},
		{"gcppubsub://projects/p/topics/%zz", "(want a URL such as gcppubsub://projects/P/topics/T or sqs://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE)"},
		{"gcpppubsub://projects/p/topics/t", "(use cloudtasks or gcppubsub or mem or pubsubrest or sqs, or import the transport that registers it)"},
		{"https://sqs.eu-central-1.amazonaws.com/123456789012/q", "as in sqs://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE)"},
		{"projects/p/topics/t", "(want a URL such as gcppubsub://projects/P/topics/T or sqs://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE)"},
		{"", "(want a URL such as gcppubsub://projects/P/topics/T or sqs://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE)"},
	} {
		tr, err := transport.Open(t.Context(), c.url)
		if err == nil {
			t.Errorf("Open(%q) = nil, want an error with the remedy", c.url)
			closeTransport(t, tr)
			continue
		}
		if s := err.Error(); !strings.HasSuffix(s, c.want) || strings.Contains(s, "\n") || strings.Contains(s, "hidden") {
			t.Errorf("Open(%q) = %q, want one line without a password that ends with %q", c.url, s, c.want)
		}
	}
}
