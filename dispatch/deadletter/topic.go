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

// Topic returns a Sink that publishes each letter to t. The letter has the data and the
// attributes of the message, and the attributes [AttrReason], [AttrAttempt],
// [AttrPublished] and [AttrOrdering]. It has no ordering key, because letters need not
// wait for each other. If the reason does not fit into the message, it is truncated.
//
// You can use the topic of a Pub/Sub dead-letter policy. The topic must have a
// subscription; otherwise letters are lost.
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
			attrs[AttrPublished] = formatTime(l.Published)
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

// maxValue is Pub/Sub's limit for the value of an attribute, in bytes.
const maxValue = 1024

// cut returns at most maxValue bytes of s, as valid UTF-8.
func cut(s string) string {
	if len(s) > maxValue {
		s = s[:maxValue]
	}
	return strings.ToValidUTF8(s, "")
}

// Replay returns a handler for the subscription of a dead-letter topic. It restores the
// message of each letter, from [Topic] or from Pub/Sub's dead-letter policy, and publishes
// it. publish can be the method of a transport. If it returns nil, the letter is
// acknowledged.
//
// The handler returns an error for letters that were parked after Replay was called. Such
// a message may have been replayed and have failed again, and would be replayed for ever.
// Stop the replay when only these letters are left.
func Replay(publish transport.Publisher) transport.Handler {
	start := time.Now()
	return func(ctx context.Context, d *transport.Delivery) error {
		if d.Published.After(start) {
			return errParkedLater
		}
		m := d.Message
		m.OrderingKey = cmp.Or(m.Attributes[AttrOrdering], m.OrderingKey) // a dead-letter policy keeps the key
		m.Attributes = maps.Clone(m.Attributes)
		maps.DeleteFunc(m.Attributes, func(name, _ string) bool { return isLetterAttr(name) })
		return publish(ctx, &m)
	}
}

var errParkedLater = errors.New("it was parked after the replay started (fix the cause of its failure, and replay again)")

// isLetterAttr reports whether an attribute belongs to the letter and not to the message.
// A dead-letter policy of Pub/Sub adds attributes that describe the source.
func isLetterAttr(name string) bool {
	switch name {
	case AttrReason, AttrAttempt, AttrPublished, AttrOrdering:
		return true
	}
	return strings.HasPrefix(name, "CloudPubSubDeadLetterSource")
}
