package dispatch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// A Client publishes calls on one transport. It is safe for concurrent use.
type Client struct {
	transport transport.Transport
	source    string
}

// New returns a client on t. If t delivers within the process, as mem does, it
// is told to execute the functions registered here, with the client in their
// context.
func New(t transport.Transport) *Client {
	c := &Client{transport: t, source: source()}
	if local, ok := t.(transport.Local); ok {
		executor := entrypoint.New()
		local.Handle(func(ctx context.Context, d *transport.Delivery) error {
			return executor.Handle(WithClient(ctx, c), d)
		})
	}
	return c
}

// source is the CloudEvents source of calls made here: the import path of the
// program, a relative reference as RFC 3986 has it.
var source = sync.OnceValue(func() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Path != "" {
		return info.Path
	}
	return "dispatch"
})

// Close sends what is still queued, then closes the transport.
func (c *Client) Close() error {
	if err := c.transport.Close(); err != nil {
		return fmt.Errorf("dispatch: close the transport: %w", err)
	}
	return nil
}

// defaultClient is the one of the process.
var defaultClient struct {
	sync.Mutex
	client *Client
}

// Use makes c the client of calls whose context has none. Without it, and
// after Use(nil), a client is opened from DISPATCH_URL on the first call, on a
// transport that the program imports for its scheme. Use does not close the
// client that was in use before.
func Use(c *Client) {
	defaultClient.Lock()
	defer defaultClient.Unlock()
	defaultClient.client = c
}

type clientKey struct{}

// WithClient returns a context whose calls go through c. It comes before [Use]
// and DISPATCH_URL, so tests with a client each can run in parallel.
func WithClient(ctx context.Context, c *Client) context.Context {
	return context.WithValue(ctx, clientKey{}, c)
}

// clientFor returns the client for a call under ctx.
func clientFor(ctx context.Context) (*Client, error) {
	if c, ok := ctx.Value(clientKey{}).(*Client); ok && c != nil {
		return c, nil
	}
	defaultClient.Lock()
	defer defaultClient.Unlock()
	if defaultClient.client == nil {
		url, from := urlFromEnv()
		if url == "" {
			return nil, errNoClient
		}
		t, err := transport.Open(context.WithoutCancel(ctx), url)
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", from, err)
		}
		defaultClient.client = New(t)
	}
	return defaultClient.client, nil
}

var errNoClient = errors.New("open DISPATCH_URL: it is not set, and there is no client (set it to a URL such as gcppubsub://projects/P/topics/T, or call dispatch.Use)")

// urlFromEnv returns DISPATCH_URL, or the URL that the variables of this
// project's predecessor stand for, and where it is from; empty if neither is
// set.
func urlFromEnv() (url, from string) {
	if url := os.Getenv("DISPATCH_URL"); url != "" {
		return url, "DISPATCH_URL"
	}
	const projectVar, topicVar = "GCP_PROJECT", "CLOUD_FUNCTIONS_DISPATCH_GCP_PUBSUB_TOPIC"
	project, topic := os.Getenv(projectVar), os.Getenv(topicVar)
	if project != "" && topic != "" {
		return "gcppubsub://projects/" + project + "/topics/" + topic, projectVar + " and " + topicVar
	}
	return "", ""
}
