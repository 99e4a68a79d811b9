package dispatch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/internal/option"
)

// A Client publishes calls on one transport. It is safe for concurrent use.
type Client struct {
	clientOptions
	transport transport.Transport
	source    string
	publish   transport.Publisher // the middleware, around send
}

// A ClientOption configures a [Client]. See [RegisterOption] for what holds for all
// options.
type ClientOption interface{ applyToClient(*clientOptions) error }

type clientOptions struct {
	publishing []func(transport.Publisher) transport.Publisher
	local      []entrypoint.Option
	timeout    time.Duration
}

type clientOption func(*clientOptions) error

func (f clientOption) applyToClient(o *clientOptions) error { return f(o) }

// Publishing puts middleware around the publishing of calls. The first is the outermost.
// The publisher that a middleware makes receives each message with its encoded
// arguments, under the context of the call. Then next publishes it, or queues it in a
// [Batch]. The publisher's error is the error of the call. If it returns nil, the call
// has succeeded, whether or not the publisher called next. Several options add up.
func Publishing(middleware ...func(next transport.Publisher) transport.Publisher) ClientOption {
	return clientOption(func(o *clientOptions) error { return option.Append(&o.publishing, "Publishing", middleware...) })
}

// Local executes calls with opts where the transport delivers them within the process,
// as mem does. It has no effect on other transports: there the entrypoint has the
// options. Several options add up.
func Local(opts ...entrypoint.Option) ClientOption {
	return clientOption(func(o *clientOptions) error {
		o.local = append(o.local, opts...)
		return nil
	})
}

// PublishTimeout limits how long a call waits until the queue accepts it. In a [Batch],
// sending may take this long, and each call may take this long again to be accepted
// after the one before. If the queue has not answered by then, the call returns an error
// for which errors.Is(err, [context.DeadlineExceeded]) is true; the call may have been
// published all the same. The context of a call may end earlier. The duration must be
// more than 0. The default is 10 seconds.
func PublishTimeout(d time.Duration) ClientOption {
	return clientOption(func(o *clientOptions) error { return option.Positive(&o.timeout, "PublishTimeout", d) })
}

// publishTimeout is the default of [PublishTimeout].
const publishTimeout = 10 * time.Second

// New returns a client on t. If t delivers within the process, as mem does, the client
// executes the functions that are registered there, with itself in their context. New
// panics if the value of an option is out of range.
func New(t transport.Transport, opts ...ClientOption) *Client {
	c, err := newClient(t, opts)
	if err != nil {
		panic(fmt.Errorf("dispatch: make a client: %w", err))
	}
	return c
}

func newClient(t transport.Transport, opts []ClientOption) (*Client, error) {
	c := &Client{transport: t, source: source(), publish: send}
	if err := option.Each(opts, func(o ClientOption) error { return o.applyToClient(&c.clientOptions) }); err != nil {
		return nil, err
	}
	c.timeout = cmp.Or(c.timeout, publishTimeout)
	for _, m := range slices.Backward(c.publishing) {
		c.publish = m(c.publish)
	}
	e, err := executor.New(c.local...)
	if err != nil {
		return nil, err
	}
	if local, ok := t.(transport.Local); ok {
		local.Handle(func(ctx context.Context, d *transport.Delivery) error {
			return e.Handle(WithClient(ctx, c), d)
		})
	}
	return c, nil
}

// Open returns a client on the transport for url, such as
// gcppubsub://projects/P/topics/T. Import the package of the transport, which registers
// the scheme. An empty url stands for the value of DISPATCH_URL. Use Open for a client
// with options, and [Use] to make it the client of the process:
//
//	c, err := dispatch.Open(ctx, "", dispatch.Publishing(sign))
//	…
//	dispatch.Use(c)
func Open(ctx context.Context, url string, opts ...ClientOption) (*Client, error) {
	from := "the URL" // its text may hold a password
	if url == "" {
		url, from = urlFromEnv()
	}
	c, err := open(ctx, url, from, opts)
	if err != nil {
		return nil, fmt.Errorf("dispatch: %w", err)
	}
	return c, nil
}

// source is the CloudEvents source of calls made here: the import path of the
// program, a relative reference as RFC 3986 has it.
var source = sync.OnceValue(func() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Path != "" {
		return info.Path
	}
	return "dispatch"
})

// queue returns the transport of the queue with the given name.
func (c *Client) queue(name string) (transport.Transport, error) {
	if name == "" {
		return c.transport, nil
	}
	q, ok := c.transport.(transport.Queuer)
	if !ok {
		return nil, fmt.Errorf("the transport has no queue %q beside its own (use another transport, or leave the option Queue out)", name)
	}
	return q.Queue(name)
}

// Close sends what is still queued, then closes the transport.
func (c *Client) Close() error {
	if c.transport == nil {
		return fmt.Errorf("dispatch: close: %w", errNoTransport)
	}
	if err := c.transport.Close(); err != nil {
		return fmt.Errorf("dispatch: close the transport: %w", err)
	}
	return nil
}

// await calls wait, for what the queue says of a message, and no longer than the
// client's timeout.
func (c *Client) await(ctx context.Context, wait func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	err := wait(limited)
	if err != nil && errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return fmt.Errorf("%w (the queue did not answer within %v, and may have accepted the call: see that it can be reached, or raise dispatch.PublishTimeout)", err, c.timeout)
	}
	return err
}

// defaultClient is the one of the process.
var defaultClient struct {
	sync.Mutex
	client  *Client
	opening *opening // under way; nil if none is
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
	c, _ := ctx.Value(clientKey{}).(*Client)
	if c == nil {
		var err error
		if c, err = theDefault(ctx); err != nil {
			return nil, err
		}
	}
	if c.transport == nil {
		return nil, errNoTransport
	}
	return c, nil
}

var (
	errNoTransport = errors.New("the client has no transport (make it with dispatch.New)")
	errNoClient    = errors.New("open DISPATCH_URL: it is not set, and there is no client (set it to a URL such as gcppubsub://projects/P/topics/T, or call dispatch.Use)")
)

// theDefault returns the client of the process, and opens it if there is none.
func theDefault(ctx context.Context) (*Client, error) {
	defaultClient.Lock()
	c, o := defaultClient.client, defaultClient.opening
	if c == nil && o == nil {
		o = &opening{done: make(chan struct{})}
		defaultClient.opening = o
		go o.run(context.WithoutCancel(ctx))
	}
	defaultClient.Unlock()
	if c != nil {
		return c, nil
	}
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	select {
	case <-o.done:
		return o.client, o.err
	case <-ctx.Done():
		return nil, fmt.Errorf("open the default client: %w (see that the machine has credentials and reaches the queue)", ctx.Err())
	}
}

// An opening of the default client is shared by the calls that wait for it,
// each no longer than its own context.
type opening struct {
	done   chan struct{}
	client *Client // read after done, as err is
	err    error
}

func (o *opening) run(ctx context.Context) {
	opened, err := openFromEnv(ctx)
	defaultClient.Lock()
	used := defaultClient.client // not nil if Use was called meanwhile
	if used == nil {
		defaultClient.client = opened
		o.client, o.err = opened, err
	} else {
		o.client = used
	}
	defaultClient.opening = nil
	close(o.done)
	defaultClient.Unlock()
	if used != nil && opened != nil {
		_ = opened.Close() // nobody has it
	}
}

func openFromEnv(ctx context.Context) (*Client, error) {
	url, from := urlFromEnv()
	return open(ctx, url, from, nil)
}

// open opens url, which is from a place that an error names.
func open(ctx context.Context, url, from string, opts []ClientOption) (*Client, error) {
	if url == "" {
		return nil, errNoClient
	}
	t, err := transport.Open(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", from, err)
	}
	c, err := newClient(t, opts)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make a client: %w", err), t.Close())
	}
	return c, nil
}

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
