package receive_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/internal/receive"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

func TestShapes(t *testing.T) {
	published, err := time.Parse(time.RFC3339, publishTime)
	if err != nil {
		t.Fatal(err)
	}
	for name, shape := range map[string]func(*testing.T, *transport.Delivery) *http.Request{
		"binary": func(t *testing.T, d *transport.Delivery) *http.Request {
			return request("POST", pushBody(t, d), binary...)
		},
		"structured": func(t *testing.T, d *transport.Delivery) *http.Request {
			return request("POST", structuredEvent(t, d), eventType)
		},
		"push": func(t *testing.T, d *transport.Delivery) *http.Request {
			return request("POST", pushBody(t, d), jsonType)
		},
		"push without a content type": func(t *testing.T, d *transport.Delivery) *http.Request {
			return request("POST", pushBody(t, d))
		},
	} {
		for how, want := range map[string]struct {
			status  int
			outcome string
		}{
			"":          {204, ""},
			"error":     {500, "retry"},
			"permanent": {422, "permanent"},
		} {
			t.Run(name+"/"+how, func(t *testing.T) {
				t.Parallel()
				d := deliveryOf(t, func(ctx context.Context) error { return run.Call(ctx, secret, how) })
				w := httptest.NewRecorder()
				newHandler().ServeHTTP(w, shape(t, d))
				if w.Code != want.status || w.Header().Get(receive.OutcomeHeader) != want.outcome {
					t.Errorf("got status %d, outcome %q; want %d, %q", w.Code, w.Header().Get(receive.OutcomeHeader), want.status, want.outcome)
				}
				if got, empty := w.Body.String(), want.status == 204; (got == "") != empty || strings.Contains(got, secret) {
					t.Errorf("got the body %q, want no arguments, and no body if the call was executed", got)
				}
				id := d.Attributes["ce-id"]
				got, ok := ran.Load(id)
				if !ok {
					t.Fatalf("the call did not run; answered %q", w.Body)
				}
				info := got.(dispatch.Info)
				if info.ID != id || info.Attempt != 5 || !info.Time.Equal(published) {
					t.Errorf("FromContext() = %+v, want ID %s, attempt 5, time %v", info, id, published)
				}
			})
		}
	}
}

// Requests that are calls themselves: events in binary mode, and unwrapped pushes of
// Pub/Sub with metadata.
func TestUnwrapped(t *testing.T) {
	t.Parallel()
	d := deliveryOf(t, func(ctx context.Context) error { return run.Call(ctx, secret, "") })
	headers := func(more ...string) []string {
		out := []string{"Content-Type: application/json", "Ce-Extension: 1"}
		for k, v := range d.Attributes {
			out = append(out, k+": "+v)
		}
		return append(out, more...)
	}
	id := d.Attributes["ce-id"]
	for _, c := range []struct {
		name    string
		headers []string
		status  int
		answer  string
		id      string
		at      string
	}{
		{"plain", headers(), 204, "", id, ""},
		{"with a time", headers("Ce-Time: 2026-01-02T03:04:05Z"), 204, "", id, "2026-01-02T03:04:05Z"},
		{"pushed by Pub/Sub", headers("X-Goog-Pubsub-Publish-Time: "+publishTime, "X-Goog-Pubsub-Message-Id: 1"), 204, "", id, publishTime},
		{"percent-encoded", headers("Ce-Id: %C3%A9%20%25", "Ce-Subject: "+strings.Replace(run.Name(), "runText", "%72unText", 1)), 204, "", "é %", ""},
		{"not percent-encoded", headers("Ce-Id: 100%"), 204, "", "100%", ""},
		{"another version", headers("Ce-Type: dev.cloudfunctions.dispatch.call.v2"), 500, `wire version "v2" is unknown here`, "", ""},
		{"no subject", headers("Ce-Subject: "), 500, "attribute ce-subject is missing", "", ""},
		{"structured", headers("Content-Type: application/cloudevents+json"), 400, "the event has a member of the wrong type or form at byte 0", "", ""},
	} {
		ran.Delete(c.id)
		w := httptest.NewRecorder()
		newHandler().ServeHTTP(w, request("POST", string(d.Data), c.headers...))
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.answer) {
			t.Errorf("%s: got %d %q, want %d and %q in it", c.name, w.Code, w.Body, c.status, c.answer)
		}
		if c.id == "" {
			continue
		}
		got, ok := ran.Load(c.id)
		if !ok {
			t.Errorf("%s: no call with the ID %q ran", c.name, c.id)
			continue
		}
		at, _ := time.Parse(time.RFC3339Nano, c.at) // zero if empty
		if info := got.(dispatch.Info); !info.Time.Equal(at) || info.Attempt != 0 {
			t.Errorf("%s: FromContext() = %+v, want time %v, attempt 0", c.name, info, at)
		}
	}
}

func TestBadRequests(t *testing.T) {
	d := deliveryOf(t, func(ctx context.Context) error { return run.Call(ctx, secret, "") })
	good := pushBody(t, d)
	id := d.Attributes["ce-id"]
	const (
		read  = "dispatch: read request: the event "
		event = " (want a CloudEvent of type google.cloud.pubsub.topic.v1.messagePublished or dev.cloudfunctions.dispatch.call.v1, or the body of a push)"
		form  = read + "has a member of the wrong type or form at byte "
		text  = read + "is not JSON at byte "
		none  = read + "holds no message" + event
		want  = `, want "google.cloud.pubsub.topic.v1.messagePublished"`
	)
	with := func(header string) []string { return append(append([]string{}, binary...), header) }
	replace := func(s, old, new string) string {
		if !strings.Contains(s, old) {
			t.Fatalf("the fixture has no %q", old)
		}
		return strings.Replace(s, old, new, 1)
	}
	cases := []struct {
		name   string
		r      *http.Request
		status int
		err    string
	}{
		{"GET", request("GET", ""), 405, "dispatch: read request: the method is GET, want POST"},
		{"PUT", request("PUT", good, binary...), 405, "dispatch: read request: the method is PUT, want POST"},
		{"empty", request("POST", ""), 400, text + "0" + event},
		{"empty event", request("POST", "", binary...), 400, text + "0" + event},
		{"not JSON", request("POST", secret, jsonType), 400, text + "0" + event},
		{"truncated", request("POST", good[:len(good)-20], binary...), 400, text + strconv.Itoa(len(good)-20) + event},
		{"data after it", request("POST", good+good, binary...), 400, text + strconv.Itoa(len(good)) + event},
		{"another object", request("POST", `{"`+secret+`":1}`, jsonType), 400, none},
		{"null", request("POST", `null`, jsonType), 400, none},
		{"array", request("POST", `[`+good+`]`, jsonType), 400, form + "0" + event},
		{"batch of events", request("POST", `[`+structuredEvent(t, d)+`]`, "Content-Type: application/cloudevents-batch+json"), 400,
			`dispatch: read request: the event has content type "application/cloudevents-batch+json", want application/cloudevents+json`},
		{"null message", request("POST", `{"message":null}`, jsonType), 400, none},
		{"message twice", request("POST", `{"message":{},"message":{}}`, jsonType), 400, text + "14" + event},
		{"data is not base64", request("POST", `{"message":{"data":"`+secret+`!"}}`, jsonType), 400, form + "19" + event},
		{"data is a number", request("POST", `{"message":{"data":1}}`, jsonType), 400, form + "19" + event},
		{"attribute is a number", request("POST", `{"message":{"attributes":{"ce-id":1}}}`, jsonType), 400, form + "34" + event},
		{"invalid time", request("POST", replace(good, publishTime, secret), jsonType), 400, form + strconv.Itoa(strings.Index(good, publishTime)-1) + event},
		{"invalid UTF-8", request("POST", "{\"message\":{\"messageId\":\"\xff\"}}", jsonType), 400, text + "25" + event},
		{"deep", request("POST", strings.Repeat("[", 1_000_000), jsonType), 400, form + "0" + event},
		{"a flood of attributes", request("POST", `{"message":{"attributes":{"a0":""`+strings.Repeat(`,"a":""`, 1_000_000)+"}}}", jsonType), 413,
			"dispatch: read request: the event has 1000003 members, want at most 1000"},
		{"form", request("POST", "a="+secret, "Content-Type: application/x-www-form-urlencoded"), 400, text + "0" + event},
		{"other type, binary", request("POST", good, with("Ce-Type: com.example.thing")...), 400,
			`dispatch: read request: the event has type "com.example.thing"` + want},
		{"other type, structured", request("POST", replace(structuredEvent(t, d), "google.cloud.pubsub.topic.v1", "x"), eventType), 400,
			`dispatch: read request: the event has type "x.messagePublished"` + want},
		{"no type, structured", request("POST", replace(structuredEvent(t, d), `"type":"google`, `"kind":"google`), eventType), 400,
			`dispatch: read request: the event has type ""` + want},
		{"no type in the event, but in a header", request("POST", replace(structuredEvent(t, d), `"type":"google`, `"kind":"google`), with(eventType)...), 400,
			`dispatch: read request: the event has type ""` + want},
		{"other version", request("POST", good, with("Ce-Specversion: 2.0")...), 400,
			`dispatch: read request: the event has specversion "2.0", want "1.0"`},
		{"no version, structured", request("POST", replace(structuredEvent(t, d), "specversion", "version"), eventType), 400,
			`dispatch: read request: the event has specversion "", want "1.0"`},
		{"too large", request("POST", good+strings.Repeat(" ", 16<<20), binary...), 413,
			"dispatch: read request: the body has more than 16777216 bytes"},
		{"no attributes", request("POST", `{"message":{"data":"W10="}}`, binary...), 500,
			`dispatch: decode message "": attribute ce-specversion is missing (docs/wire.md lists the attributes of a call)`},
		{"attribute missing, published in 2021", request("POST", replace(good, "ce-source", "ce-other"), binary...), 422,
			`dispatch: decode message "` + id + `": attribute ce-source is missing (docs/wire.md lists the attributes of a call)`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			newHandler().ServeHTTP(w, c.r)
			outcome := "retry"
			switch c.status {
			case 405:
				outcome = "" // not a delivery
			case 422:
				outcome = "permanent"
			}
			if w.Code != c.status || w.Header().Get(receive.OutcomeHeader) != outcome {
				t.Errorf("got status %d, outcome %q; want %d, %q", w.Code, w.Header().Get(receive.OutcomeHeader), c.status, outcome)
			}
			if got := w.Body.String(); got != c.err+"\n" {
				t.Errorf("answered\n got %.300q\nwant %q", got, c.err+"\n")
			}
		})
	}
	if _, ok := ran.Load(id); ok {
		t.Error("one of the bad requests ran the call, want none")
	}
}

// An answer quotes the event's type and version, so that the sender can be found, but cuts
// long ones.
func TestBadRequests_shortAnswer(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1<<20)
	for name, r := range map[string]*http.Request{
		"type":        request("POST", `{"specversion":"1.0","type":"`+long+`"}`, eventType),
		"specversion": request("POST", `{"type":"google.cloud.pubsub.topic.v1.messagePublished","specversion":"`+long+`"}`, eventType),
	} {
		w := httptest.NewRecorder()
		newHandler().ServeHTTP(w, r)
		if got := w.Body.Len(); w.Code != 400 || got > 1000 {
			t.Errorf("%s of 1 MiB: answered status %d with %d bytes, want 400 with at most 1000", name, w.Code, got)
		}
	}
}

func TestLargeMessage(t *testing.T) {
	t.Parallel()
	d := deliveryOf(t, func(ctx context.Context) error { return run.Call(ctx, secret, "") })
	// 10 MB in total, uncompressed, as a caller in another language may send it.
	delete(d.Attributes, "ce-dataencoding")
	d.Data = nil
	head := `["` + secret + `","`
	d.Data = []byte(head + strings.Repeat("x", 10_000_000-d.Size()-len(head)-2) + `"]`)
	for name, r := range map[string]*http.Request{
		"binary":     request("POST", pushBody(t, d), binary...),
		"structured": request("POST", structuredEvent(t, d), eventType),
	} {
		w := httptest.NewRecorder()
		newHandler().ServeHTTP(w, r)
		if w.Code != 204 {
			t.Errorf("a message of 10 MB, %s: answered %d %.200q, want 204", name, w.Code, w.Body)
		}
	}
}
