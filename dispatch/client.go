package dispatch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/limit"
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

// A ClientOption configures a [Client]. See [RegisterOption] for the rules of all
// options.
type ClientOption interface{ applyToClient(*clientOptions) error }

type clientOptions struct {
	publishing []func(transport.Publisher) transport.Publisher
	local      executor.Config
	timeout    time.Duration
	unverified bool

	compressAbove int // bytes
}

type clientOption func(*clientOptions) error

func (f clientOption) applyToClient(o *clientOptions) error { return f(o) }

// Publishing puts middleware around the publishing of calls. The first is the
// outermost. The publisher that a middleware returns receives each message with its
// encoded arguments, under the context of the call. Then next publishes it, or queues
// it in a [Batch]. The publisher's error is the error of the call. If the publisher
// returns nil, the call has succeeded, whether or not the publisher called next. If
// Publishing is given several times, the middleware is chained in the given order.
func Publishing(middleware ...func(next transport.Publisher) transport.Publisher) ClientOption {
	return clientOption(func(o *clientOptions) error { return option.Append(&o.publishing, "Publishing", middleware...) })
}

// Local applies opts to the execution of calls if the transport delivers them within
// the process, as mem does. It has no effect with other transports: pass the options
// to the entrypoint instead. Local may be given several times; all its options apply.
func Local(opts ...entrypoint.Option) ClientOption {
	return clientOption(func(o *clientOptions) error { return entrypoint.Options(opts...).Apply(&o.local) })
}

// PublishTimeout limits how long a call waits until the queue accepts it. In a [Batch]
// it limits the sending of all calls, and then the wait for each of them. If the queue
// does not answer in time, the call returns an error for which errors.Is(err,
// [context.DeadlineExceeded]) is true; the call may have been published nevertheless.
// The context of a call may set an earlier limit. The duration must be more than 0.
// The default is 10 seconds.
func PublishTimeout(d time.Duration) ClientOption {
	return clientOption(func(o *clientOptions) error { return option.Positive(&o.timeout, "PublishTimeout", d) })
}

// VerifyArguments determines whether a call checks that the callee can decode its
// arguments. An argument that holds a type with its own encoding or decoding methods, such
// as an enumeration, is decoded. If that fails, or the value is another one, the call
// returns an error and publishes nothing. Values are compared by the type's Equal or Cmp,
// by exported fields, or, if the type hides its data, by encoding the value again. If
// verify is false, such values fail, or arrive changed, in the callee. The default is true.
func VerifyArguments(verify bool) ClientOption {
	return clientOption(func(o *clientOptions) error {
		o.unverified = !verify
		return nil
	})
}

// CompressAbove compresses the arguments of a call if they have more than n bytes of JSON,
// and compression makes them smaller. It costs about as much time as the rest of the call
// in the caller, and less in the callee. It saves what the queue charges: Pub/Sub bills
// each KiB, SQS each 64 KiB. Every callee reads both forms. n must be more than 0. The
// default is 8 KiB. To send all arguments as they are, pass [math.MaxInt].
func CompressAbove(n int) ClientOption {
	return clientOption(func(o *clientOptions) error { return option.Positive(&o.compressAbove, "CompressAbove", n) })
}

// publishTimeout is the default of [PublishTimeout].
const publishTimeout = 10 * time.Second

// New returns a client on t. If t delivers within the process, as mem does, the client
// also executes the calls, and is in the context of each, as with [WithClient]. New
// panics if the value of an option is out of range.
func New(t transport.Transport, opts ...ClientOption) *Client {
	o, err := newClientOptions(opts)
	if err != nil {
		panic(fmt.Errorf("dispatch: make a client: %w", err))
	}
	return newClient(t, o)
}

func newClientOptions(opts []ClientOption) (*clientOptions, error) {
	o := &clientOptions{timeout: publishTimeout, compressAbove: envelope.CompressAbove}
	return o, option.Each(opts, func(opt ClientOption) error { return opt.applyToClient(o) })
}

func newClient(t transport.Transport, o *clientOptions) *Client {
	c := &Client{clientOptions: *o, transport: t, source: source(), publish: send}
	for _, m := range slices.Backward(c.publishing) {
		c.publish = m(c.publish)
	}
	if local, ok := t.(transport.Local); ok {
		e := executor.Of(c.local)
		local.Handle(func(ctx context.Context, d *transport.Delivery) error {
			return e.Handle(WithClient(ctx, c), d)
		})
	}
	return c
}

// Open returns a client on the transport for url, such as
// gcppubsub://projects/P/topics/T. Import the package of the transport, which registers
// the scheme. If url is empty, Open uses DISPATCH_URL. Use Open for a client with
// options, and [Use] to make it the client of the process:
//
//	c, err := dispatch.Open(ctx, "", dispatch.Publishing(sign))
//	…
//	dispatch.Use(c)
func Open(ctx context.Context, url string, opts ...ClientOption) (*Client, error) {
	origin := "the URL" // its text may hold a password
	if url == "" {
		url, origin = urlFromEnv()
	}
	c, err := open(ctx, url, origin, opts)
	if err != nil {
		return nil, fmt.Errorf("dispatch: %w", err)
	}
	return c, nil
}

// source returns the CloudEvents source of this process's calls: the import path of the
// program, which is a relative reference in RFC 3986.
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
		return nil, fmt.Errorf("the transport has no queue %q besides its own (use another transport, or leave the option Queue out)", name)
	}
	return q.Queue(name)
}

// Close sends the calls that are still buffered, then closes the transport.
func (c *Client) Close() error {
	if c.transport == nil {
		return fmt.Errorf("dispatch: close: %w", errNoTransport)
	}
	if err := c.transport.Close(); err != nil {
		return fmt.Errorf("dispatch: close the transport: %w", err)
	}
	return nil
}

// await calls wait, which waits for the queue's answer, and limits it by the client's
// timeout, with limited, which is new.
func (c *Client) await(ctx context.Context, limited *limit.Context, wait func(context.Context) error) error {
	limited.Init(ctx, time.Now().Add(c.timeout), nil)
	defer limited.Stop()
	err := wait(limited)
	if err != nil && errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return fmt.Errorf("%w (the queue did not answer within %v, and may have accepted the call: check that it can be reached, or raise dispatch.PublishTimeout)", err, c.timeout)
	}
	return err
}

// defaultClient is the client of the process.
var defaultClient struct {
	sync.Mutex
	client  *Client
	opening *opening // in progress; nil if there is none
}

// Use makes c the default client, for calls whose context has no client. If you do not
// call Use, or after Use(nil), the first call opens a client from DISPATCH_URL; the
// program must import the transport of its scheme. Use does not close the previous
// client.
func Use(c *Client) {
	defaultClient.Lock()
	defer defaultClient.Unlock()
	defaultClient.client = c
}

type clientKey struct{}

// WithClient returns a context that makes calls use c. It takes precedence over [Use]
// and DISPATCH_URL, so tests that each have a client can run in parallel.
func WithClient(ctx context.Context, c *Client) context.Context {
	return context.WithValue(ctx, clientKey{}, c)
}

// clientFor returns the client for a call under ctx.
func clientFor(ctx context.Context) (*Client, error) {
	c, _ := ctx.Value(clientKey{}).(*Client)
	if c == nil {
		var err error
		if c, err = processClient(ctx); err != nil {
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
	errNoClient    = errors.New("open DISPATCH_URL: it is not set, and there is no client (set it to a URL such as gcppubsub://projects/P/topics/T or sqs://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE, or to mem: to execute calls in this process, or call dispatch.Use)")
)

// processClient returns the client of the process, and opens it if there is none.
func processClient(ctx context.Context) (*Client, error) {
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
		return nil, fmt.Errorf("open the default client: %w (check that the machine has credentials and can reach the queue)", ctx.Err())
	}
}

// An opening opens the default client. The calls that need the client share it, and
// each waits no longer than its own context.
type opening struct {
	done   chan struct{}
	client *Client // set when done is closed, like err
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
		_ = opened.Close() // no call has it
	}
}

func openFromEnv(ctx context.Context) (*Client, error) {
	url, origin := urlFromEnv()
	return open(ctx, url, origin, nil)
}

// open opens url. Errors name origin, the place that url is from.
func open(ctx context.Context, url, origin string, opts []ClientOption) (*Client, error) {
	if url == "" {
		return nil, errNoClient
	}
	o, err := newClientOptions(opts)
	if err != nil {
		return nil, fmt.Errorf("make a client: %w", err)
	}
	t, err := transport.Open(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", origin, err)
	}
	return newClient(t, o), nil
}

// urlFromEnv returns DISPATCH_URL, or the URL for the variables of this project's
// predecessor, and the names of the variables. Both results are empty if none is set.
func urlFromEnv() (url, origin string) {
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
