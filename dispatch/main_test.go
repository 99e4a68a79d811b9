package dispatch_test

import (
	"context"
	"net/url"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

func TestMain(m *testing.M) {
	// Each test determines where its calls go.
	for _, v := range []string{"DISPATCH_URL", "GCP_PROJECT", "CLOUD_FUNCTIONS_DISPATCH_GCP_PUBSUB_TOPIC"} {
		os.Unsetenv(v)
	}
	goleak.VerifyTestMain(m)
}

func init() {
	transport.Register("counted", func(ctx context.Context, _ *url.URL) (transport.Transport, error) {
		counted.opened++
		counted.ctx = ctx
		return &counted.faulty, nil
	})
	transport.Register("overtaken", func(context.Context, *url.URL) (transport.Transport, error) {
		dispatch.Use(overtaken.meanwhile)
		return &overtaken.closing, nil
	})
}
