// Package transport defines the interface between a caller and its queue, and a table
// of URL schemes from which a program chooses a transport.
//
// Import a transport for its scheme, as you would import a driver of database/sql:
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

// A Message is sent through a queue. Do not change its data or its attributes after
// Publish or Enqueue: they belong to the transport then.
//
// A transport refuses a message if it does not support its OrderingKey or NotBefore.
type Message struct {
	Data       []byte
	Attributes map[string]string

	// Messages with the same OrderingKey, sent one after the other, are delivered in
	// that order. If it is empty, the order is not defined.
	OrderingKey string

	// The message is not delivered before NotBefore. Zero, or a time that has passed,
	// means no delay.
	NotBefore time.Time
}

// Size returns the number of bytes that a queue counts for m.
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
	// Publish sends m at once and returns when the queue has accepted it. An error
	// means that the queue did not accept m, or that ctx ended before the result was
	// known.
	Publish(ctx context.Context, m *Message) error

	// Enqueue takes m to send it together with other messages, and returns without
	// waiting for the queue. It blocks only while the transport's buffer is full, and
	// at most until ctx is done. The returned function waits until the queue has
	// accepted m; call it once.
	Enqueue(ctx context.Context, m *Message) (wait func(context.Context) error, err error)

	// Flush sends the enqueued messages at once. It returns when each was accepted or
	// refused, or when ctx is done, which does not cancel messages that are being sent.
	Flush(ctx context.Context)

	// MaxSize returns the largest [Message.Size] that the queue accepts, in bytes.
	// Publish and Enqueue refuse larger messages, as CheckSize does.
	MaxSize() int

	// Close flushes, then releases the transport's resources. Publish and Enqueue
	// return ErrClosed from then on.
	Close() error
}

// A Publisher sends one message. The method Publish of a [Transport] is a Publisher.
// Middleware makes a Publisher from another, and may change m before it passes it on.
type Publisher func(ctx context.Context, m *Message) error

// A Queuer is a transport that can also send to other queues.
type Queuer interface {
	Transport

	// Queue returns the transport of the queue with the given name, the same one each
	// time. Flush and Close of the Queuer flush and close it, too. Queue returns an
	// error if there can be no such queue. A queue that does not exist is reported by
	// Publish.
	Queue(name string) (Transport, error)
}

// An Untimed transport does not report when a message was published, so the call has to
// contain the time.
type Untimed interface {
	Transport
	Untimed()
}

// ErrClosed is returned for a message that is given to a closed transport.
var ErrClosed = errors.New("the transport is closed")

// CheckSize returns an error if m is larger than limit bytes.
func CheckSize(m *Message, limit int) error {
	if n := m.Size(); n > limit {
		return fmt.Errorf("the message has %d bytes; the queue holds at most %d (store the data and pass a reference)", n, limit)
	}
	return nil
}

// CheckText returns an error if an attribute or the ordering key of m is not valid
// UTF-8, because queues take them as text.
func CheckText(m *Message) error {
	if !utf8.ValidString(m.OrderingKey) {
		return errors.New("the ordering key is not valid UTF-8 (encode it, for example as base64)")
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

	// Attempt counts the deliveries of the message, from 1. It is 0 if the queue does
	// not report it.
	Attempt int

	// Published is the time when the queue accepted the message. It is zero if the
	// queue does not report it.
	Published time.Time
}

// A Handler processes one delivery. It returns nil if and only if the message may be
// acknowledged, because it was executed or was parked where a person can find it.
// Otherwise the message is delivered again or dead-lettered. Mark the error with
// [Permanent] if another delivery would not help.
type Handler func(ctx context.Context, d *Delivery) error

// A Subscription delivers the messages of one queue to a callee.
type Subscription interface {
	// Receive passes messages to h, at most concurrency at a time. It acknowledges each
	// message for which h returns nil; the others are delivered again. The context
	// passed to h is not canceled when ctx is done.
	//
	// When ctx is done, Receive takes no more messages. It waits until h has returned
	// for the messages that it took and the queue knows the results. Then it returns
	// nil. It returns an error if the queue does not let it receive. h must not panic.
	Receive(ctx context.Context, concurrency int, h Handler) error

	// Close releases the subscription's resources. Call it after Receive has returned.
	Close() error
}

// A Local transport delivers within the process. dispatch.New sets its handler. Code
// that uses the transport without a client must call Handle before the first message.
type Local interface {
	Transport
	Handle(Handler)
}

// Permanent marks err as permanent: a [Handler] returns it if another delivery would
// not help. It returns nil for nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

// IsPermanent reports whether err, or an error that it wraps, is marked by [Permanent].
// If a method of err panics, it returns false, because another delivery may help.
func IsPermanent(err error) (permanent bool) {
	defer func() { _ = recover() }() // err comes from a function, so its methods are user code
	_, ok := errors.AsType[*permanentError](err)
	return ok
}

type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }
