// Package transport is what lies between a caller and its queue: the interface
// that a transport implements, and the table of URL schemes by which a program
// chooses one.
//
// Applications import a transport for its scheme, as database/sql has it with
// drivers:
//
//	import _ "github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"
package transport

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// A Message is what a queue carries. Its bytes and its map belong to the
// transport from Publish or Enqueue on; nobody changes them.
type Message struct {
	Data       []byte
	Attributes map[string]string

	// OrderingKey asks that messages with the same key, sent one after the
	// other, are delivered in that order. Empty asks for nothing.
	OrderingKey string

	// NotBefore asks that it is not delivered before then. Zero, and a time that
	// has passed, ask for nothing.
	//
	// A transport that cannot do what a message asks for refuses it.
	NotBefore time.Time
}

// Size is the number of bytes that a queue counts for m.
func (m *Message) Size() int {
	n := len(m.Data) + len(m.OrderingKey)
	for k, v := range m.Attributes {
		n += len(k) + len(v)
	}
	return n
}

// A Transport sends messages to one queue. All methods are safe for concurrent
// use.
type Transport interface {
	// Publish sends m at once and returns when the queue has accepted it. An
	// error means that the queue did not accept m, or that ctx ended before
	// it was known whether it did.
	Publish(ctx context.Context, m *Message) error

	// Enqueue hands m over to be sent together with others, and returns
	// without waiting for the queue. It blocks only while the transport holds
	// as much as it is willing to, and at most until ctx is done. The
	// returned function waits until the queue has accepted m; call it once.
	Enqueue(ctx context.Context, m *Message) (wait func(context.Context) error, err error)

	// Flush has the messages sent that were enqueued and still wait for
	// company. It returns when each was accepted or refused, or when ctx is
	// done; what is on its way stays so.
	Flush(ctx context.Context)

	// MaxSize is the largest [Message.Size] that the queue accepts, in bytes.
	// Publish and Enqueue refuse more, as CheckSize does.
	MaxSize() int

	// Close flushes, then frees what the transport holds. Publish and Enqueue
	// return ErrClosed from then on.
	Close() error
}

// A Publisher sends one message. The method Publish of a [Transport] is one, and
// so is what middleware makes of another. It may change m before it passes it on.
type Publisher func(ctx context.Context, m *Message) error

// A Queuer is a transport that has other queues beside its own.
type Queuer interface {
	Transport

	// Queue returns the transport of the queue with the given name, the same
	// one each time. Flush and Close of the transport that has it flush and
	// close it. An error says why there can be no such queue; that it does
	// not exist, Publish may find out.
	Queue(name string) (Transport, error)
}

// An Untimed transport's deliveries do not tell when a message was published, so
// that the call has to.
type Untimed interface {
	Transport
	Untimed()
}

// ErrClosed is returned for a message given to a transport that was closed.
var ErrClosed = errors.New("the transport is closed")

// CheckSize returns an error if m is larger than max bytes.
func CheckSize(m *Message, max int) error {
	if n := m.Size(); n > max {
		return fmt.Errorf("the message has %d bytes; the queue holds at most %d (store the data and send where it is)", n, max)
	}
	return nil
}

// CheckText returns an error if m holds bytes that are not UTF-8 where queues
// take text: in an attribute or the ordering key.
func CheckText(m *Message) error {
	if !utf8.ValidString(m.OrderingKey) {
		return errors.New("the ordering key is not valid UTF-8 (encode it, as base64 say)")
	}
	for k, v := range m.Attributes {
		if !utf8.ValidString(k) || !utf8.ValidString(v) {
			return errors.New("an attribute of the message is not valid UTF-8 (send bytes as data)")
		}
	}
	return nil
}

// A Delivery is one attempt to hand a message to a callee.
type Delivery struct {
	Message

	// Attempt counts the deliveries of the message, from 1; 0 means that the
	// queue does not say.
	Attempt int

	// Published is when the queue accepted the message; zero means that it
	// does not say.
	Published time.Time
}

// A Handler takes one delivery. It returns nil if and only if the message may
// be acknowledged: it was executed, or parked where a person can find it.
// Otherwise the message is delivered again, or dead-lettered; an error marked by
// [Permanent] says that another delivery would not help.
type Handler func(ctx context.Context, d *Delivery) error

// A Subscription delivers the messages of one queue to a callee.
type Subscription interface {
	// Receive gives messages to h, up to the given number at a time, and
	// acknowledges each for which h returns nil; the others are delivered
	// again. The context that h gets does not end with ctx.
	//
	// When ctx is done, Receive takes no more messages, and returns nil when
	// what h runs has ended and the queue knows of it. It returns an error if
	// the queue does not let it receive.
	Receive(ctx context.Context, concurrency int, h Handler) error

	// Close frees what the subscription holds. It is called when Receive has
	// returned.
	Close() error
}

// A Local is a transport that delivers within the process, and must be told to
// whom. Whoever makes a client on it does so before the first message.
type Local interface {
	Transport
	Handle(Handler)
}

// Permanent marks err, which a [Handler] returns, and returns nil for nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

// IsPermanent reports whether err, or an error that it wraps, is marked by
// [Permanent]. An error whose methods panic is not: another delivery may help.
func IsPermanent(err error) (permanent bool) {
	defer func() { _ = recover() }() // err is of a function, and its methods are the function's code
	_, ok := errors.AsType[*permanentError](err)
	return ok
}

type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }
