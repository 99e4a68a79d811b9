package sqsmessage_test

import (
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/sqsmessage"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

func TestEncode(t *testing.T) {
	t.Parallel()
	m := &transport.Message{
		Data: []byte("[1]"), OrderingKey: "k",
		Attributes: map[string]string{"ce-id": "1", "dispatch-reason": "значение 🦫", "a.b_c-D": "2"},
	}
	got, err := sqsmessage.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"id":"1","partitionkey":"k","data":[1]}`; got.Body != want {
		t.Errorf("the body is %s, want %s", got.Body, want)
	}
	d := sqsmessage.Delivery(got.Body, got.Attributes, map[string]string{"ApproximateReceiveCount": "3", "SentTimestamp": "1767323045006"})
	if string(d.Data) != "[1]" || d.OrderingKey != "k" || !maps.Equal(d.Attributes, m.Attributes) || d.Attempt != 3 || !d.Published.Equal(time.UnixMilli(1767323045006)) {
		t.Errorf("delivered %+v, want %+v, attempt 3, with its time", d, m)
	}
}

func TestEncode_refuses(t *testing.T) {
	t.Parallel()
	many := map[string]string{}
	for c := range 10 {
		many[string(rune('a'+c))] = "1"
	}
	for name, c := range map[string]struct {
		m    transport.Message
		want string
	}{
		"name":         {transport.Message{Attributes: map[string]string{"a b": "1"}}, `"a b" cannot be`},
		"aws":          {transport.Message{Attributes: map[string]string{"AWS.x": "1"}}, `"AWS.x" cannot be`},
		"content type": {transport.Message{Attributes: map[string]string{"Content-Type": "1"}}, `"Content-Type" cannot be`},
		"empty":        {transport.Message{Attributes: map[string]string{"a": ""}}, `"a" is empty`},
		"control":      {transport.Message{Attributes: map[string]string{"a": "secret\x01"}}, `"a" holds a control character`},
		"many":         {transport.Message{Attributes: many}, "10 attributes besides"},
		"escapes":      {transport.Message{Attributes: map[string]string{"ce-a": strings.Repeat("\x01", 200<<10)}}, "bytes in SQS"},
		"size":         {transport.Message{Data: make([]byte, sqsmessage.MaxSize+1)}, "774145 bytes"},
		"text":         {transport.Message{Attributes: map[string]string{"ce-a": "secret\xff"}}, "UTF-8"},
	} {
		if _, err := sqsmessage.Encode(&c.m); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
	}
}

// TestMaxSize: a message of MaxSize fits, whatever its data.
func TestMaxSize(t *testing.T) {
	t.Parallel()
	for _, data := range []string{"\xff", "x", "1"} {
		m := &transport.Message{Data: []byte(strings.Repeat(data, sqsmessage.MaxSize))}
		if got, err := sqsmessage.Encode(m); err != nil || got.Size() > sqsmessage.MaxBytes {
			t.Errorf("Encode(%s…) = %v", data, err)
		}
	}
}

// TestDelivery_documents: the calls by hand in the documents are calls.
func TestDelivery_documents(t *testing.T) {
	t.Parallel()
	for name, pattern := range map[string]string{
		"wire.md":       `--message-body '(.*)'`,
		"deploy/aws.md": `(?s)>ping.json <<'END'\n(.*?)END`,
	} {
		text, err := os.ReadFile("../../../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		body := regexp.MustCompile(pattern).FindSubmatch(text)
		if body == nil {
			t.Errorf("docs/%s has no %s", name, pattern)
			continue
		}
		d := sqsmessage.Delivery(string(body[1]), nil, nil)
		if call, err := envelope.Decode(d.Attributes, d.Data); err != nil || len(call.Args) < 2 {
			t.Errorf("docs/%s has a body that decodes to %+v, %v; want a call", name, call, err)
		}
	}
}

// TestDelivery: the body of another program is the data, unless it is an event.
func TestDelivery(t *testing.T) {
	t.Parallel()
	const event = `{"specversion":"1.0","id":"1","data":[1]}`
	for _, c := range []struct {
		body, contentType string
		isEvent           bool
	}{
		{event, "application/cloudevents+json", true},
		{event, "Application/CloudEvents+JSON; charset=UTF-8", true},
		{event, "", true},
		{event, "application/json", false},
		{`{"id":1}`, "", false},
		{"hello", "", false},
		{`{"specversion":`, "application/cloudevents+json", false},
	} {
		attributes := map[string]string{"other": "x"}
		if c.contentType != "" {
			attributes["content-type"] = c.contentType
		}
		d := sqsmessage.Delivery(c.body, attributes, nil)
		want := c.body
		if c.isEvent {
			want = "[1]"
		}
		if string(d.Data) != want || (d.Attributes["ce-id"] == "1") != c.isEvent || d.Attributes["other"] != "x" || d.Attempt != 0 || !d.Published.IsZero() {
			t.Errorf("Delivery(%s, %s) = %+v; an event: %v", c.body, c.contentType, d, c.isEvent)
		}
	}
}
