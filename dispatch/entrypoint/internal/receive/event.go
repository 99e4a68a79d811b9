// Package receive handles HTTP requests that contain deliveries. It parses the formats in
// which platforms send messages of Pub/Sub, executes the call and answers.
package receive

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/codec"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// messagePublished is the CloudEvents type with which Eventarc sends a message of Pub/Sub.
const messagePublished = "google.cloud.pubsub.topic.v1.messagePublished"

// maxMembers limits the members of all objects in an event, because each takes memory. A
// message of Pub/Sub has at most 100 attributes.
const maxMembers = 1000

// A structuredEvent is a CloudEvent in structured mode (CloudEvents 1.0, JSON event
// format).
type structuredEvent struct {
	SpecVersion string         `json:"specversion"`
	Type        string         `json:"type"`
	Data        jsontext.Value `json:"data"`
}

// A refusal is the reason why no delivery could be read from a request, and the status of
// the answer.
type refusal struct {
	status int
	reason entrypoint.Reason
	err    error
}

// malformed returns a refusal of a request that is not a delivery.
func malformed(err error) *refusal {
	return &refusal{http.StatusBadRequest, entrypoint.ReasonMalformed, err}
}

// parse returns the delivery in a request. A refusal does not refer to the body.
func parse(header http.Header, body []byte) (*transport.Delivery, *refusal) {
	if err := checkRepeated(header); err != nil {
		return nil, malformed(err)
	}
	if isUnwrapped(header) {
		d, err := unwrapped(header, body)
		if err != nil {
			return nil, malformed(err)
		}
		return d, nil
	}
	const member = 5 // the fewest bytes of a member: "":0 and a comma
	if len(body) > member*maxMembers {
		if n := codec.MeasureOf(body).Members; n > maxMembers {
			return nil, &refusal{http.StatusRequestEntityTooLarge, entrypoint.ReasonTooLarge, fmt.Errorf("the event has %d members, want at most %d", n, maxMembers)}
		}
	}
	p, err := decode(header, body)
	if err != nil {
		return nil, malformed(err)
	}
	p.Attempt = max(0, p.Attempt)
	return &p.Delivery, nil
}

// checkRepeated returns an error if a header for an attribute has two different values.
func checkRepeated(h http.Header) error {
	for name, values := range h {
		if len(values) > 1 && strings.HasPrefix(strings.ToLower(name), "ce-") && len(slices.Compact(slices.Clone(values))) > 1 {
			return fmt.Errorf("the header %.64s appears twice with different values (send it once)", strings.ToLower(name))
		}
	}
	return nil
}

// isUnwrapped reports whether a request is itself a call: an event of type [envelope.Type]
// in the binary mode of the CloudEvents HTTP binding. Pub/Sub sends the same if it pushes
// unwrapped with metadata.
func isUnwrapped(h http.Header) bool {
	return envelope.IsCall(h.Get("Ce-Type")) && !isStructured(h)
}

// maxAttributes is Pub/Sub's limit for the attributes of a message.
const maxAttributes = 100

// unwrapped returns the delivery in a request for which isUnwrapped is true.
func unwrapped(h http.Header, body []byte) (*transport.Delivery, error) {
	d := &transport.Delivery{Message: transport.Message{
		Data:        body,
		Attributes:  make(map[string]string),
		OrderingKey: h.Get("X-Goog-Pubsub-Ordering-Key"),
	}}
	isEncoded := !fromPubSub(h)
	for name, values := range h {
		attr := strings.ToLower(name)
		if !strings.HasPrefix(attr, "ce-") {
			continue
		}
		d.Attributes[attr] = values[0]
		if isEncoded {
			d.Attributes[attr] = unescape(values[0])
		}
		if !utf8.ValidString(d.Attributes[attr]) {
			return nil, fmt.Errorf("the header %.64s is not valid UTF-8 (percent-encode the UTF-8 of the text)", attr)
		}
	}
	if n := len(d.Attributes); n > maxAttributes {
		return nil, fmt.Errorf("the event has %d attributes, want at most %d", n, maxAttributes)
	}
	// Cloud Tasks counts from 0, and has no header for the time of publishing.
	if n, err := strconv.ParseInt(h.Get("X-Cloudtasks-Taskretrycount"), 10, 32); err == nil && n >= 0 {
		d.Attempt = int(n) + 1
	}
	// If the header is missing, the time is zero.
	d.Published, _ = time.Parse(time.RFC3339Nano, h.Get("X-Goog-Pubsub-Publish-Time"))
	return d, nil
}

// fromPubSub reports whether the headers come from Pub/Sub, which does not percent-encode
// the values of attributes, as Google's emulator shows.
func fromPubSub(h http.Header) bool {
	for name := range h {
		if strings.HasPrefix(name, "X-Goog-Pubsub-") {
			return true
		}
	}
	return false
}

// unescape decodes the percent-encoding of a header's value (CloudEvents HTTP binding,
// 3.1.3.2). It returns other values unchanged.
func unescape(value string) string {
	if s, err := url.PathUnescape(value); err == nil {
		return s
	}
	return value
}

// isStructured reports whether the body is a CloudEvent in structured mode.
func isStructured(h http.Header) bool {
	return strings.HasPrefix(mediaType(h), "application/cloudevents")
}

// mediaType returns the media type without parameters, or "" if there is none.
func mediaType(h http.Header) string {
	text := h.Get("Content-Type")
	if text == "application/json" { // the type of a push; skip the parser
		return text
	}
	media, _, _ := mime.ParseMediaType(text)
	return media
}

const wantEvent = "want a CloudEvent of type " + messagePublished + " or " + envelope.Type + ", or the body of a push"

// decode decodes an event or the body of a push. As the CloudEvents HTTP binding says, the
// content type and then the header ce-type tell the formats apart. A push has neither.
func decode(h http.Header, body []byte) (*publishedMessage, error) {
	event := structuredEvent{SpecVersion: h.Get("Ce-Specversion"), Type: h.Get("Ce-Type"), Data: body}
	isEvent := event.Type != ""
	if isStructured(h) {
		if media := mediaType(h); media != "application/cloudevents+json" {
			return nil, fmt.Errorf("the event has content type %.64q, want application/cloudevents+json", media)
		}
		event, isEvent = structuredEvent{}, true
		if err := unmarshal(body, &event); err != nil {
			return nil, err
		}
	}
	switch {
	case isEvent && event.Type != messagePublished:
		return nil, fmt.Errorf("the event has type %.64q, want %q", event.Type, messagePublished)
	case isEvent && event.SpecVersion != "1.0":
		return nil, fmt.Errorf("the event has specversion %.64q, want \"1.0\"", event.SpecVersion)
	}
	var p publishedMessage
	if err := unmarshal(event.Data, &p); err != nil {
		return nil, err
	}
	if !p.found {
		return nil, errors.New("the event holds no message (" + wantEvent + ")")
	}
	return &p, nil
}

// unmarshal decodes data into v. Its error has the position of the mistake, but does not
// quote data.
func unmarshal(data []byte, v any) error {
	err := json.Unmarshal(data, v, json.DefaultOptionsV2())
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*json.SemanticError](err); ok {
		return fmt.Errorf("the event has a member of the wrong type or form at byte %d (%s)", e.ByteOffset, wantEvent)
	}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return fmt.Errorf("the event is not JSON at byte %d (%s)", e.ByteOffset, wantEvent)
	}
	return errors.New("the event cannot be read (" + wantEvent + ")")
}
