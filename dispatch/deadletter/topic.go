package deadletter

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// Topic returns a Sink that publishes each letter on t: the message with its
// own data and attributes, and with those of a letter. It has no ordering key
// there, since a letter need not wait for others.
//
// The topic of a Pub/Sub dead-letter policy serves as well. Give it a
// subscription, or letters are lost.
func Topic(t transport.Transport) Sink {
	return Func(func(ctx context.Context, l *Letter) error {
		attrs := maps.Clone(l.Attributes)
		if attrs == nil {
			attrs = make(map[string]string)
		}
		attrs[AttrReason] = cut(l.Reason)
		if l.Attempt > 0 {
			attrs[AttrAttempt] = strconv.Itoa(l.Attempt)
		}
		if !l.Published.IsZero() {
			attrs[AttrPublished] = format(l.Published)
		}
		if l.OrderingKey != "" {
			attrs[AttrOrdering] = l.OrderingKey
		}
		m := &transport.Message{Data: l.Data, Attributes: attrs}
		if over := m.Size() - t.MaxSize(); over > 0 { // the message is more important than the reason
			attrs[AttrReason] = strings.ToValidUTF8(attrs[AttrReason][:max(0, len(attrs[AttrReason])-over)], "")
		}
		return t.Publish(ctx, m)
	})
}

// maxValue is the most bytes that Pub/Sub takes as the value of an attribute.
const maxValue = 1024

func cut(s string) string {
	if len(s) > maxValue {
		s = s[:maxValue]
	}
	return strings.ToValidUTF8(s, "")
}

// Replay returns a handler that publishes each message again as it was before it
// became a letter of [Topic], or of Pub/Sub's own dead-letter policy. It is for
// the subscription of the dead-letter topic; a message is acknowledged there once
// publish, such as the method of a transport, returns nil. A letter that was parked
// after Replay was called stays: it may be of a message that was replayed, and would
// come round for ever. Stop the replay once only those are left.
func Replay(publish transport.Publisher) transport.Handler {
	began := time.Now()
	return func(ctx context.Context, d *transport.Delivery) error {
		if d.Published.After(began) {
			return errAnew
		}
		m := d.Message
		m.OrderingKey = cmp.Or(m.Attributes[AttrOrdering], m.OrderingKey) // a policy leaves it
		m.Attributes = maps.Clone(m.Attributes)
		maps.DeleteFunc(m.Attributes, func(name, _ string) bool { return isOfLetter(name) })
		return publish(ctx, &m)
	}
}

var errAnew = errors.New("it was parked after the replay began (mend what it fails for, and replay again)")

// isOfLetter reports whether a message has an attribute as a letter only. Pub/Sub
// forwards messages with attributes that tell of their source.
func isOfLetter(name string) bool {
	switch name {
	case AttrReason, AttrAttempt, AttrPublished, AttrOrdering:
		return true
	}
	return strings.HasPrefix(name, "CloudPubSubDeadLetterSource")
}
