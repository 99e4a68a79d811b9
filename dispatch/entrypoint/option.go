package entrypoint

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/deadletter"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/codec"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// An Option configures an [Executor].
type Option func(*Executor)

// Logger has failed deliveries logged to l. The default, also for nil, is
// [slog.Default] at the time of the delivery.
func Logger(l *slog.Logger) Option { return func(e *Executor) { e.logger = l } }

// Concurrency is how many calls are executed at a time; the others wait. The
// default, also for a number below 1, is 64 where the callee pulls, and 1,000 where
// calls are pushed to it, the most that Cloud Run has for an instance. A callee that
// pulls holds as many calls as that, so calls with one ordering key, which wait for
// each other, can keep others waiting. push.Run has 2,000 connections, or twice as many
// as this option says. The option of the same name in package dispatch is for one
// function.
func Concurrency(n int) Option {
	return func(e *Executor) {
		if n > 0 {
			e.concurrency = n
		}
	}
}

// Grace is how long running calls may take to end once the callee is told to. New
// calls are refused meanwhile, for the platform to deliver elsewhere.
// The default, also for a duration of 0 or less, is 10 seconds, after which
// Cloud Run kills a process. It has no effect on a Cloud Function, which waits
// for what runs until it is killed.
func Grace(d time.Duration) Option { return func(e *Executor) { e.grace = max(d, 0) } }

// DeadLetters has s keep the messages that no further delivery will execute:
// those whose function returned an error marked by dispatch.Permanent, and
// those that [Patience] gave up. They are acknowledged once s has them. Without
// a sink, which is the default, also for nil, and where the sink fails, they are
// failed deliveries, which the queue repeats or dead-letters by its own policy.
func DeadLetters(s deadletter.Sink) Option { return func(e *Executor) { e.sink = s } }

// Patience is how old a message may be, since it was published, whose function
// is unknown here or whose arguments do not decode, and still be delivered
// again: the caller may have been deployed first. After that no delivery will
// help. The default, also for a duration of 0 or less, is an hour. A message
// whose age nobody knows is delivered again as often as the queue does it.
func Patience(d time.Duration) Option { return func(e *Executor) { e.patience = max(d, 0) } }

// Timeout is how long a function may run: then its context ends, the delivery
// has failed a second later, and the queue repeats it. A function that does not
// heed its context runs on meanwhile, and counts for [Concurrency] until it ends.
// The option of the same name in package dispatch comes first. The default, also
// for a duration of 0 or less, is no limit but [Deadline].
func Timeout(d time.Duration) Option { return func(e *Executor) { e.timeout = max(d, 0) } }

// Deadline is how long a delivery may take, from when its request begins to arrive:
// a function has the time that is left when it begins. The default, also for a duration
// of 0 or less, is 10 seconds less than Cloud Run waits for an answer, by
// CLOUD_RUN_TIMEOUT_SECONDS, or half of that time where it is below 20 seconds; and 590
// seconds at most, or where the variable is not set, for a push subscription with an ack
// deadline of 600. Where the callee pulls there is none, since the leases of its
// messages are extended.
func Deadline(d time.Duration) Option {
	return func(e *Executor) {
		if d > 0 {
			e.deadline = d
		}
	}
}

// Executing puts middleware around the execution of calls, the first outermost.
// A handler that it makes gets each message as it came, before anything is read
// of it, with a context that tells of the call, unverified, as
// dispatch.FromContext has it; next reads it and executes the call, under a
// context that is made of the given one. It may change the message, but not the
// bytes of its data; a dead letter has it as it came. Its error is
// the delivery's, and one marked by dispatch.Permanent says that no other
// delivery will help; nil acknowledges the message, whether or not it called
// next. A panic of the function is an error of next. Options of several calls
// add up.
func Executing(middleware ...func(next transport.Handler) transport.Handler) Option {
	return func(e *Executor) { e.middleware = append(e.middleware, middleware...) }
}

// Allow has this entrypoint execute no functions but those with the given names,
// as their method Name returns them:
//
//	push.Run(ctx, entrypoint.Allow(thumbs.Make.Name(), mail.Send.Name()))
//
// A call of another function fails like one whose function is not registered. Without
// Allow, each registered function may be called; Allow without names allows none. A
// name that is not registered is logged as a warning, when the callee starts to serve
// or with its first call. Options of several calls add up.
func Allow(names ...string) Option {
	return func(e *Executor) { e.allowed = append(slices.Grow(e.allowed, 1), names...) }
}

// Authenticate refuses requests for which admit returns an error, before their body is
// read. Admit gets the value of the header Authorization. The answer, 401, does not say
// why; the log does. Package oidc has an admit that verifies the tokens of Pub/Sub.
// Admit may be called from several goroutines, and limits its own time. Where the callee pulls, Authenticate has
// no effect: the queue decides who publishes. By default, also for nil, every request
// that the platform lets through is accepted.
func Authenticate(admit func(ctx context.Context, authorization string) error) Option {
	return func(e *Executor) { e.admit = admit }
}

// MaxBody limits the body of a request, in bytes; a larger one is answered 413. The
// default, also for a number below 1, is 16 MiB, since a message of 10 MB, the most that
// Pub/Sub carries, has 14 MiB in base64. One body of this size may be in memory beyond
// [MaxHeld].
func MaxBody(bytes int64) Option {
	return func(e *Executor) {
		if bytes > 0 {
			e.maxBody = bytes
		}
	}
}

// MaxArgs is the most bytes of JSON that the arguments of a call may have, when
// they are decompressed. The default, also for a number below 1, and the most, is
// 16 MiB, which callers hold to.
func MaxArgs(bytes int) Option {
	return func(e *Executor) {
		if bytes > 0 {
			e.maxArgs = min(bytes, envelope.MaxArgs)
		}
	}
}

// MaxDecoded is the most bytes of memory that the arguments of a call may need
// when they are decoded, by an estimate of their types: an element of a slice may
// have two bytes of JSON and a thousand in memory. What a type needs that decodes
// itself, nobody can tell. The default, also for a number below 1, is 32 MiB, which
// callers hold to.
func MaxDecoded(bytes int64) Option {
	return func(e *Executor) {
		if bytes > 0 {
			e.limits.Memory = bytes
		}
	}
}

// MaxDepth is how deep arrays and objects of the arguments' JSON may be nested. The
// default, also for a number below 1, and the most, is 10,000, which callers hold
// to.
func MaxDepth(n int) Option {
	return func(e *Executor) {
		if n > 0 {
			e.limits.Depth = min(n, codec.Default.Depth)
		}
	}
}

// MaxHeld limits the memory of the calls that are executed at a time, in bytes: their
// messages, their JSON and, by the estimate of [MaxDecoded], the decoded arguments.
// Large calls wait for each other. Calls of less than 64 KiB do not count. Calls of up
// to 1/64 of the limit share a reserve of a quarter of it, on top, so that they do not
// wait for larger ones. A call that takes more than the limit waits until no other large
// one is executed.
//
// While they arrive, requests have memory of their own: a quarter of the limit each for
// bodies of up to 32 KiB, of up to 256 KiB, of up to 2 MiB, and for larger ones; and a
// quarter for the copies that are made of them. In each of these, one body may exceed
// the quarter. Bodies wait in line until [Deadline]; then they are answered 503. A
// request whose call waits to be executed still holds the memory of its message.
//
// The default, also for a number below 1, is 32 MiB. With it a callee stayed below
// 256 MiB in the attacks of docs/security.md, besides what its functions need. Raise it
// if you have many large calls.
func MaxHeld(bytes int64) Option {
	return func(e *Executor) {
		if bytes > 0 {
			e.maxHeld = bytes
		}
	}
}

// Observe has fn told of each delivery, when it is known what became of it, those
// included that were refused before they were read. It is for counting and
// measuring, and for what package log/slog does not carry. It may be called from
// several goroutines. Options of several calls add up.
func Observe(fn func(ctx context.Context, r Result)) Option {
	return func(e *Executor) { e.observers = append(e.observers, fn) }
}
