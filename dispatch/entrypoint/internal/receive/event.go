// Package receive takes deliveries from HTTP requests: it parses the shapes in
// which a platform sends a message of Pub/Sub, executes the call and answers.
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

// messagePublished is the CloudEvents type of a message of Pub/Sub, as
// Eventarc sends it.
const messagePublished = "google.cloud.pubsub.topic.v1.messagePublished"

// maxMembers is how many members an event may have, all told: a message of Pub/Sub
// has 100 attributes at most, and the names of objects cost memory.
const maxMembers = 1000

// A structured is a CloudEvent in structured mode (CloudEvents 1.0, JSON event
// format).
type structured struct {
	SpecVersion string         `json:"specversion"`
	Type        string         `json:"type"`
	Data        jsontext.Value `json:"data"`
}

// A refusal is why no delivery could be read from a request.
type refusal struct {
	status int
	reason entrypoint.Reason
	err    error
}

func malformed(err error) *refusal {
	return &refusal{http.StatusBadRequest, entrypoint.ReasonMalformed, err}
}

// parse returns the delivery in a request with the given body. A refusal holds
// nothing of it.
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
	const member = 5 // bytes at least, "":0 and a comma
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

// checkRepeated returns an error if one attribute has two values.
func checkRepeated(h http.Header) error {
	for name, values := range h {
		if len(values) > 1 && strings.HasPrefix(strings.ToLower(name), "ce-") && len(slices.Compact(slices.Clone(values))) > 1 {
			return fmt.Errorf("the header %.64s is there twice, with different values (send it once)", strings.ToLower(name))
		}
	}
	return nil
}

// isUnwrapped reports whether a request is itself the call: our own event in the
// binary mode of the CloudEvents HTTP binding, which is also what Pub/Sub pushes
// without its wrapper and with metadata.
func isUnwrapped(h http.Header) bool {
	return envelope.IsCall(h.Get("Ce-Type")) && !isStructured(h)
}

// maxAttributes is the most that a message of Pub/Sub has.
const maxAttributes = 100

// unwrapped returns the delivery in such a request.
func unwrapped(h http.Header, body []byte) (*transport.Delivery, error) {
	d := &transport.Delivery{Message: transport.Message{
		Data:        body,
		Attributes:  make(map[string]string),
		OrderingKey: h.Get("X-Goog-Pubsub-Ordering-Key"),
	}}
	encoded := !ofPubSub(h)
	for name, values := range h {
		attr := strings.ToLower(name)
		if !strings.HasPrefix(attr, "ce-") {
			continue
		}
		d.Attributes[attr] = values[0]
		if encoded {
			d.Attributes[attr] = unescape(values[0])
		}
		if !utf8.ValidString(d.Attributes[attr]) {
			return nil, fmt.Errorf("the header %.64s is not valid UTF-8 (percent-encode the UTF-8 of the text)", attr)
		}
	}
	if n := len(d.Attributes); n > maxAttributes {
		return nil, fmt.Errorf("the event has %d attributes, want at most %d", n, maxAttributes)
	}
	// Cloud Tasks counts from 0, and tells no time of publishing.
	if n, err := strconv.ParseInt(h.Get("X-Cloudtasks-Taskretrycount"), 10, 32); err == nil && n >= 0 {
		d.Attempt = int(n) + 1
	}
	// Zero if it is not there.
	d.Published, _ = time.Parse(time.RFC3339Nano, h.Get("X-Goog-Pubsub-Publish-Time"))
	return d, nil
}

// ofPubSub reports whether Pub/Sub has made the headers, which has the values of
// attributes as they are: seen with Google's emulator.
func ofPubSub(h http.Header) bool {
	for name := range h {
		if strings.HasPrefix(name, "X-Goog-Pubsub-") {
			return true
		}
	}
	return false
}

// unescape undoes the percent-encoding that the CloudEvents HTTP binding
// (3.1.3.2) has for the values of headers.
func unescape(value string) string {
	if s, err := url.PathUnescape(value); err == nil {
		return s
	}
	return value
}

// isStructured reports whether the body is a whole CloudEvent.
func isStructured(h http.Header) bool {
	return strings.HasPrefix(mediaType(h), "application/cloudevents")
}

func mediaType(h http.Header) string {
	text := h.Get("Content-Type")
	if text == "application/json" { // that of a push, which need not be parsed
		return text
	}
	media, _, _ := mime.ParseMediaType(text)
	return media
}

const wantEvent = "want a CloudEvent of type " + messagePublished + " or " + envelope.Type + ", or the body of a push"

// decode tells the shapes apart as the CloudEvents HTTP binding says: by the
// content type, then by the header ce-type. A push has neither.
func decode(h http.Header, body []byte) (*published, error) {
	event := structured{SpecVersion: h.Get("Ce-Specversion"), Type: h.Get("Ce-Type"), Data: body}
	isEvent := event.Type != ""
	if isStructured(h) {
		if media := mediaType(h); media != "application/cloudevents+json" {
			return nil, fmt.Errorf("the event has content type %.64q, want application/cloudevents+json", media)
		}
		event, isEvent = structured{}, true
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
	var p published
	if err := unmarshal(event.Data, &p); err != nil {
		return nil, err
	}
	if !p.found {
		return nil, errors.New("the event holds no message (" + wantEvent + ")")
	}
	return &p, nil
}

// unmarshal says where data is not what v needs, and nothing of what is there.
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
