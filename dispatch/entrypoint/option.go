package entrypoint

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/deadletter"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/config"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/internal/option"
)

// An Option configures an entrypoint. To get the default, leave the option out. If a
// value is out of range, such as nil or a limit of 0, push.Run, push.Serve, pull.Run
// and pull.Receive return an error; push.NewHandler and cloudevent.Register panic. A
// nil option is ignored.
type Option interface {
	// Apply is for the packages of this module.
	Apply(*config.Entrypoint[Result]) error
}

type settings = config.Entrypoint[Result]

type setting func(*settings) error

func (f setting) Apply(c *settings) error { return f(c) }

// Options joins opts into one option.
func Options(opts ...Option) Option {
	return setting(func(c *settings) error {
		return option.Each(opts, func(o Option) error { return o.Apply(c) })
	})
}

// Logger logs failed deliveries to l. The default is [slog.Default] at the time of the
// delivery.
func Logger(l *slog.Logger) Option {
	return setting(func(c *settings) error { return option.Set(&c.Logger, "entrypoint.Logger", l) })
}

// Concurrency limits how many calls are executed at a time; the others wait. The number
// must be more than 0. The default is 64 for a callee that pulls. It is 1,000 for a
// callee to which calls are pushed, because this is the most that Cloud Run allows for
// an instance. A callee that pulls takes at most this many calls from the queue, so
// calls with one ordering key, which wait for each other, can keep others waiting.
// push.Run accepts 2,000 connections, or twice this number if that is more. To limit
// one function, use dispatch.Concurrency.
func Concurrency(n int) Option {
	return setting(func(c *settings) error { return option.Positive(&c.Concurrency, "entrypoint.Concurrency", n) })
}

// Grace is how long running calls may take to end after the callee is told to stop. New
// calls are refused meanwhile, and the platform delivers them elsewhere. The duration
// must be more than 0. The default is 10 seconds, after which Cloud Run kills a process.
// Grace has no effect on a Cloud Function, which waits for running calls until it is
// killed.
func Grace(d time.Duration) Option {
	return setting(func(c *settings) error { return option.Positive(&c.Grace, "entrypoint.Grace", d) })
}

// DeadLetters gives s the messages that no further delivery will execute: the delivery
// failed with an error marked by dispatch.Permanent, the call has expired, its signature
// or seal is wrong, or [Patience] has run out. A message is acknowledged once s has
// accepted it. Without a sink (the default), or if the sink fails, the delivery fails,
// and the queue retries or dead-letters the message by its own policy.
func DeadLetters(s deadletter.Sink) Option {
	return setting(func(c *settings) error { return option.Set(&c.DeadLetters, "entrypoint.DeadLetters", s) })
}

// Patience sets how long a message is retried if its function is unknown here or its
// arguments do not decode: the caller may have been deployed before the callee. Such
// a message is retried until it is older than d, counted from when it was published.
// After that it fails permanently. The duration must be more than 0; the default is
// an hour. A message of unknown age is retried for as long as the queue retries
// messages.
func Patience(d time.Duration) Option {
	return setting(func(c *settings) error { return option.Positive(&c.Patience, "entrypoint.Patience", d) })
}

// Timeout limits how long a function may run. After d, the function's context is done; a
// second later the delivery fails, and the queue retries it. A function that ignores its
// context keeps running, and counts for [Concurrency] until it returns. dispatch.Timeout
// takes precedence. The duration must be more than 0. By default only [Deadline] limits
// a function.
func Timeout(d time.Duration) Option {
	return setting(func(c *settings) error { return option.Positive(&c.Timeout, "entrypoint.Timeout", d) })
}

// Deadline limits how long a delivery may take, from when its request begins to arrive. A
// function has the time that is left when it starts. The duration must be more than 0.
// The default is CLOUD_RUN_TIMEOUT_SECONDS minus 10 seconds, or half of it if it is below
// 20 seconds, and at most 590 seconds. If that variable is not set, the default is 590
// seconds, which suits a push subscription with an ack deadline of 600 seconds. A callee
// that pulls has no deadline by default, since the leases of its messages are extended.
func Deadline(d time.Duration) Option {
	return setting(func(c *settings) error { return option.Positive(&c.Deadline, "entrypoint.Deadline", d) })
}

// Executing puts middleware around the execution of calls. The first is the outermost.
// The handler that a middleware makes receives each message before it is decoded; next
// decodes it and executes the call. In the handler, dispatch.FromContext describes the
// call as the message states it, not yet verified. Pass next a context derived from the
// handler's context. The handler may change the message, but not the bytes of its data. A
// dead letter has the message as it arrived.
//
// An error of the handler fails the delivery; if it is marked by dispatch.Permanent, it
// is not retried. If the handler returns nil, the message is acknowledged, whether or
// not the handler called next. If the function panics, next returns an error. If
// Executing is given several times, the middleware is chained in the given order.
func Executing(middleware ...func(next transport.Handler) transport.Handler) Option {
	return setting(func(c *settings) error { return option.Append(&c.Middleware, "entrypoint.Executing", middleware...) })
}

// Allow makes this entrypoint execute only the functions with the given names, as their
// method Name returns them:
//
//	push.Run(ctx, entrypoint.Allow(thumbs.Make.Name(), mail.Send.Name()))
//
// A call of another function fails with [ReasonRefused]. Like a call of an unknown
// function, it is retried until [Patience] runs out. Without Allow, every registered
// function may be called; Allow without names allows none. If a name is not registered,
// the callee logs a warning when it starts to serve or at its first call. If Allow is
// given several times, the names of all apply.
func Allow(names ...string) Option {
	return setting(func(c *settings) error {
		c.Allowed = append(slices.Grow(c.Allowed, 1), names...)
		return nil
	})
}

// Authenticate refuses requests for which admit returns an error, before their body is
// read. admit receives the value of the header Authorization. The answer, 401, does not
// say why; the log does. Package oidc has an admit that verifies the tokens of Pub/Sub.
// admit may be called concurrently, and must return when its context is done. By
// default every request that the platform lets through is accepted. Authenticate has no
// effect on a callee that pulls: the queue decides who may publish.
func Authenticate(admit func(ctx context.Context, authorization string) error) Option {
	return setting(func(c *settings) error { return option.Set(&c.Admit, "entrypoint.Authenticate", admit) })
}

// MaxBody limits the body of a request, in bytes. A larger one is answered 413. The
// limit must be more than 0. The default is 16 MiB, because a message of 10 MB, the
// largest that Pub/Sub carries, has 14 MiB in base64. One body of this size may be in
// memory in addition to [MaxHeld].
func MaxBody(bytes int64) Option {
	return setting(func(c *settings) error { return option.Positive(&c.MaxBody, "entrypoint.MaxBody", bytes) })
}

// MaxArgs limits the JSON of a call's arguments, in bytes after decompression. The
// limit must be from 1 byte to 16 MiB. The default is 16 MiB, the limit that callers
// enforce.
func MaxArgs(bytes int) Option {
	return setting(func(c *settings) error {
		return option.Between(&c.MaxArgs, "entrypoint.MaxArgs", bytes, config.MaxArgs)
	})
}

// MaxDecoded limits the memory of a call's decoded arguments, in bytes. The memory is
// estimated from the parameters' types: an element of a slice may have two bytes of JSON
// and a thousand in memory. A type that decodes itself is not estimated. The limit must
// be more than 0. The default is 32 MiB, the limit that callers enforce.
func MaxDecoded(bytes int64) Option {
	return setting(func(c *settings) error { return option.Positive(&c.MaxDecoded, "entrypoint.MaxDecoded", bytes) })
}

// MaxDepth limits how deep arrays and objects may be nested in the JSON of the
// arguments. The limit must be from 1 to 10,000. The default is 10,000, the limit that
// callers enforce.
func MaxDepth(n int) Option {
	return setting(func(c *settings) error { return option.Between(&c.MaxDepth, "entrypoint.MaxDepth", n, config.MaxDepth) })
}

// MaxHeld limits the memory of the calls that are executed at a time, in bytes: their
// messages, their JSON and, as [MaxDecoded] estimates it, the decoded arguments. Calls
// wait until there is memory for them. In addition to the limit, there is memory for:
//
//   - calls of up to 1/64 of the limit: a quarter of the limit, so that they do not wait
//     for larger calls. Calls of less than 64 KiB never wait;
//   - bodies that arrive: a quarter each for bodies of up to 32 KiB, of up to 256 KiB, of
//     up to 2 MiB, and for larger ones, and another quarter for copies of these bodies. A
//     body that waits longer than [Deadline] is answered 503.
//
// So the sum is two and a half times the limit. The sum can be exceeded: one call may
// need more than its part, and so may one body in each of the five quarters, if nothing
// else uses that part at the time. A request whose call waits to be executed still
// holds the memory of its message.
//
// The limit must be more than 0. The default is 32 MiB. With it a callee stayed below
// 256 MiB in the attacks of docs/security.md, without the memory of its functions.
// Raise it if you have many large calls.
func MaxHeld(bytes int64) Option {
	return setting(func(c *settings) error { return option.Positive(&c.MaxHeld, "entrypoint.MaxHeld", bytes) })
}

// Observe calls fn with the result of each delivery, including requests that were
// refused before they were read. Use it to count and measure. fn may be called
// concurrently. If Observe is given several times, each fn is called.
func Observe(fn func(ctx context.Context, r Result)) Option {
	return setting(func(c *settings) error { return option.Append(&c.Observers, "entrypoint.Observe", fn) })
}
