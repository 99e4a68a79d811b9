package receive_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// If a request is a call itself, the values of its headers arrive as they were sent, or the
// request is refused.
func TestUnwrapped_values(t *testing.T) {
	t.Parallel()
	d := deliveryOf(t, func(ctx context.Context) error { return run.Call(ctx, secret, "") })
	pubsub := "X-Goog-Pubsub-Message-Id: 1"
	many := make([]string, 101)
	for i := range many {
		many[i] = fmt.Sprintf("Ce-A%d: x", i)
	}
	const control = `attribute ce-id holds a control character, such as a line break (leave it out)`
	for name, c := range map[string]struct {
		headers []string // repeated headers are added
		status  int
		answer  string
		id      string
		attempt int
	}{
		"percent of Pub/Sub":            {[]string{pubsub, "Ce-Id: order%2D17"}, 204, "", "order%2D17", 0},
		"percent of Pub/Sub, no ID":     {[]string{"X-Goog-Pubsub-Subscription-Name: s", "Ce-Id: 100%25"}, 204, "", "100%25", 0},
		"percent of others":             {[]string{"Ce-Id: order%2D18"}, 204, "", "order-18", 0},
		"text of Pub/Sub":               {[]string{pubsub, "Ce-Id: é"}, 204, "", "é", 0},
		"twice the same":                {[]string{"Ce-Id: same", "Ce-Id: same"}, 204, "", "same", 0},
		"twice":                         {[]string{"Ce-Id: a", "Ce-Id: b"}, 400, "the header ce-id appears twice with different values (send it once)", "", 0},
		"three times":                   {[]string{"Ce-Id: a", "Ce-Id: b", "Ce-Id: a"}, 400, "the header ce-id appears twice with different values (send it once)", "", 0},
		"an extension twice":            {[]string{"Ce-More: a", "Ce-More: "}, 400, "the header ce-more appears twice", "", 0},
		"a type twice":                  {[]string{"Ce-Type: dev.cloudfunctions.dispatch.call.v1", "Ce-Type: x"}, 400, "the header ce-type appears twice", "", 0},
		"NUL":                           {[]string{"Ce-Id: a%00"}, 500, control, "", 0},
		"the end of a line":             {[]string{"Ce-Id: a%0D%0Ab"}, 500, control, "", 0},
		"delete":                        {[]string{"Ce-Id: %7F"}, 500, control, "", 0},
		"C1":                            {[]string{"Ce-Id: %C2%85"}, 500, control, "", 0},
		"invalid UTF-8, encoded":        {[]string{"Ce-Id: %FF"}, 400, "the header ce-id is not valid UTF-8", "", 0},
		"invalid UTF-8, of Pub/Sub":     {[]string{pubsub, "Ce-Id: \xff"}, 400, "the header ce-id is not valid UTF-8", "", 0},
		"invalid UTF-8 of an extension": {[]string{"Ce-More: %C3%28"}, 400, "the header ce-more is not valid UTF-8", "", 0},
		"long":                          {[]string{"Ce-Id: " + strings.Repeat("i", 1024)}, 204, "", strings.Repeat("i", 1024), 0},
		"too long":                      {[]string{"Ce-Id: " + strings.Repeat("i", 1025)}, 500, "attribute ce-id has 1025 bytes, want 1 to 1024", "", 0},
		"too long, encoded":             {[]string{"Ce-Id: " + strings.Repeat("%C3%A9", 513)}, 500, "attribute ce-id has 1026 bytes, want 1 to 1024", "", 0},
		"too many":                      {many, 400, "the event has 106 attributes, want at most 100", "", 0},
		"expired long ago":              {[]string{"Ce-Expirytime: 0001-01-01T00:00:00Z"}, 422, "it expired", "", 0},
		"expired long ago, elsewhere":   {[]string{"Ce-Expirytime: 0001-01-01T01:00:00+01:00"}, 422, "it expired", "", 0},
		"attempt":                       {[]string{"Ce-Id: n1", "X-Cloudtasks-Taskretrycount: 2"}, 204, "", "n1", 3},
		"attempt, largest":              {[]string{"Ce-Id: n2", "X-Cloudtasks-Taskretrycount: 9223372036854775807"}, 204, "", "n2", 0},
		"attempt, more":                 {[]string{"Ce-Id: n3", "X-Cloudtasks-Taskretrycount: 99999999999999999999"}, 204, "", "n3", 0},
		"attempt, negative":             {[]string{"Ce-Id: n4", "X-Cloudtasks-Taskretrycount: -1"}, 204, "", "n4", 0},
	} {
		r := request("POST", string(d.Data), "Content-Type: application/json")
		given := make(http.Header)
		for _, h := range c.headers {
			name, value, _ := strings.Cut(h, ": ")
			given.Add(name, value)
		}
		for name, value := range d.Attributes {
			r.Header.Set(name, value)
		}
		for name, values := range given {
			r.Header[name] = values
		}
		w := httptest.NewRecorder()
		newHandler().ServeHTTP(w, r)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.answer) {
			t.Errorf("%s: answered %d %q, want %d and %q in it", name, w.Code, w.Body, c.status, c.answer)
		}
		if c.id == "" {
			continue
		}
		if got, ok := ran.Load(c.id); !ok || got.(dispatch.Info).Attempt != c.attempt {
			t.Errorf("%s: the call with the ID %.100q ran as %+v, want attempt %d", name, c.id, got, c.attempt)
		}
	}
}

// A negative attempt in a wrapped push is ignored.
func TestWrapped_attempt(t *testing.T) {
	t.Parallel()
	d := deliveryOf(t, func(ctx context.Context) error { return run.Call(ctx, secret, "") })
	w := httptest.NewRecorder()
	newHandler().ServeHTTP(w, request("POST", strings.Replace(pushBody(t, d), `"deliveryAttempt": 5`, `"deliveryAttempt": -5`, 1), jsonType))
	got, ok := ran.Load(d.Attributes["ce-id"])
	if w.Code != 204 || !ok || got.(dispatch.Info).Attempt != 0 {
		t.Errorf("answered %d %q, and it ran as %+v, want attempt 0", w.Code, w.Body, got)
	}
}
