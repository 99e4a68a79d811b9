// Package sqsmessage converts messages to and from the messages of Amazon SQS: a
// CloudEvent in the body, and SQS message attributes beside it. The transport and the
// Lambda entrypoint share it, and only the transport needs the SDK.
package sqsmessage

import (
	"errors"
	"fmt"
	"mime"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/internal/structured"
)

const (
	// MaxBytes is the limit of SQS for a message: its body, and the names, types and
	// values of its attributes.
	MaxBytes = 1 << 20

	// MaxSize is a [transport.Message.Size] that fits MaxBytes, whatever the data: in
	// base64 it takes a third more. 16 KiB are left for the names of members and for
	// escapes.
	MaxSize = (MaxBytes - 16<<10) / 4 * 3

	// MaxEntries is the limit of SQS for the messages of a request.
	MaxEntries = 10

	// FIFOSuffix ends the name of a FIFO queue.
	FIFOSuffix = ".fifo"

	// maxAttributes is the limit of SQS for the attributes of a message.
	maxAttributes = 10

	contentType = "content-type"
	stringType  = "String"
)

// The system attributes of a delivery that this package reads.
const (
	ReceiveCount  = "ApproximateReceiveCount"
	SentTimestamp = "SentTimestamp" // milliseconds since 1970
	GroupID       = "MessageGroupId"
)

// A Message is a message as SQS takes it.
type Message struct {
	Body       string
	Attributes map[string]string // all of type String
}

// Size returns the number of bytes that SQS counts for m.
func (m *Message) Size() int {
	n := len(m.Body)
	for name, value := range m.Attributes {
		n += len(name) + len(stringType) + len(value)
	}
	return n
}

// Encode returns m as SQS takes it. The attributes of CloudEvents and the ordering key are
// in the body. Encode returns an error if SQS cannot hold m.
func Encode(m *transport.Message) (*Message, error) {
	if err := transport.CheckSize(m, MaxSize); err != nil {
		return nil, err
	}
	if err := transport.CheckText(m); err != nil {
		return nil, err
	}
	body, err := structured.Encode(&structured.Event{Data: m.Data, Attributes: m.Attributes, Key: m.OrderingKey})
	if err != nil {
		return nil, err
	}
	out := &Message{Body: string(body), Attributes: map[string]string{contentType: structured.ContentType}}
	for name, value := range m.Attributes {
		if strings.HasPrefix(name, structured.Prefix) {
			continue
		}
		if err := checkAttribute(name, value); err != nil {
			return nil, err
		}
		out.Attributes[name] = value
	}
	if n := len(out.Attributes); n > maxAttributes {
		return nil, fmt.Errorf("the message has %d attributes besides those of CloudEvents; SQS holds at most %d (name them ce-… or leave some out)", n-1, maxAttributes-1)
	}
	if n := out.Size(); n > MaxBytes {
		return nil, fmt.Errorf("the message has %d bytes in SQS; it holds at most %d (store the data and pass a reference)", n, MaxBytes)
	}
	return out, nil
}

var attributeName = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)

// checkAttribute returns an error if SQS cannot hold an attribute.
func checkAttribute(name, value string) error {
	lower := strings.ToLower(name)
	switch {
	case !attributeName.MatchString(name), len(name) > 256, strings.HasPrefix(lower, "aws."), strings.HasPrefix(lower, "amazon."), lower == contentType:
		return fmt.Errorf("the attribute %.64q cannot be an attribute of an SQS message (use ASCII letters, digits, - and _, but not content-type)", name)
	case value == "":
		return fmt.Errorf("the attribute %.64q is empty, which SQS refuses (leave it out)", name)
	case strings.ContainsFunc(value, isForbidden):
		return fmt.Errorf("the attribute %.64q holds a control character, which SQS refuses (encode it, for example as base64)", name)
	}
	return nil
}

// isForbidden reports whether SQS refuses a text with r: XML 1.0 does not allow it.
func isForbidden(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\ufffe' || r == '\uffff'
}

// Delivery returns the delivery of a message with the given body, message attributes and
// system attributes. If the body is no CloudEvent, it is the data of the delivery.
func Delivery(body string, attributes, system map[string]string) *transport.Delivery {
	m, err := decode(body, attributes)
	if err != nil {
		m = &transport.Message{Data: []byte(body), Attributes: make(map[string]string, len(attributes))}
	}
	for name, value := range attributes {
		if name != contentType || err != nil {
			m.Attributes[name] = value
		}
	}
	d := &transport.Delivery{Message: *m}
	d.Attempt, _ = strconv.Atoi(system[ReceiveCount]) // 0 if there is none
	if ms, err := strconv.ParseInt(system[SentTimestamp], 10, 64); err == nil {
		d.Published = time.UnixMilli(ms)
	}
	return d
}

// Texts returns the texts of message attributes. Attributes without a text are left out.
func Texts[A any](attributes map[string]A, text func(A) *string) map[string]string {
	texts := make(map[string]string, len(attributes))
	for name, a := range attributes {
		if t := text(a); t != nil {
			texts[name] = *t
		}
	}
	return texts
}

// Groups returns messages in groups, in which they are handled one after the other: those
// with the same group, or a single message without one. Groups keeps the order.
func Groups[M any](messages []M, group func(M) string) [][]M {
	var all [][]M
	index := make(map[string]int)
	for _, m := range messages {
		g := group(m)
		i, ok := index[g]
		if !ok || g == "" {
			i = len(all)
			index[g] = i
			all = append(all, nil)
		}
		all[i] = append(all[i], m)
	}
	return all
}

// Backoff returns how long a message waits after the given number of failed attempts.
func Backoff(attempts int) time.Duration {
	return min(time.Second<<min(max(attempts-1, 0), 20), 10*time.Minute)
}

var errNoEvent = errors.New("the message is no CloudEvent")

// decode returns the message in an event. A body without a content type may be one: a
// person, or a rule of EventBridge, cannot always set the attribute.
func decode(body string, attributes map[string]string) (*transport.Message, error) {
	media, _, _ := mime.ParseMediaType(attributes[contentType])
	if media != "application/cloudevents+json" && (media != "" || !strings.Contains(body, `"specversion"`)) {
		return nil, errNoEvent
	}
	e, err := structured.Decode([]byte(body))
	if err != nil {
		return nil, err
	}
	return &transport.Message{Data: e.Data, Attributes: e.Attributes, OrderingKey: e.Key}, nil
}
