//go:build unix

package hostile_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// A request is an HTTP request to a callee.
type request struct {
	name   string
	header http.Header
	method string
	body   func() io.Reader
	length int64 // value of Content-Length; -1 for a chunked body
}

func textRequest(name, contentType, body string) request {
	return request{name, http.Header{"Content-Type": {contentType}}, http.MethodPost, func() io.Reader { return strings.NewReader(body) }, int64(len(body))}
}

// shapes encode a message in the ways in which a callee receives it: as a Pub/Sub push,
// as an Eventarc event in binary mode and in structured mode, and unwrapped, with the
// attributes as headers.
var shapes = []func(m *transport.Message, published time.Time) (http.Header, []byte){
	func(m *transport.Message, published time.Time) (http.Header, []byte) {
		return http.Header{"Content-Type": {"application/json"}}, wrap(m, published)
	},
	func(m *transport.Message, published time.Time) (http.Header, []byte) {
		return http.Header{"Content-Type": {"application/json"}, "Ce-Specversion": {"1.0"}, "Ce-Type": {eventType}, "Ce-Id": {"1"}, "Ce-Source": {"s"}}, wrap(m, published)
	},
	func(m *transport.Message, published time.Time) (http.Header, []byte) {
		body := fmt.Sprintf(`{"specversion":"1.0","id":"1","source":"s","type":%q,"data":%s}`, eventType, wrap(m, published))
		return http.Header{"Content-Type": {"application/cloudevents+json"}}, []byte(body)
	},
	func(m *transport.Message, published time.Time) (http.Header, []byte) {
		h := http.Header{"Content-Type": {"application/json"}, "X-Goog-Pubsub-Publish-Time": {published.UTC().Format(time.RFC3339Nano)}}
		encode := func(value string) string { return value } // unchanged, as Pub/Sub sends it
		for _, value := range m.Attributes {
			if url.PathEscape(value) != value && strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) {
				encode = url.PathEscape // escaped, as CloudEvents requires
				h.Del("X-Goog-Pubsub-Publish-Time")
			}
		}
		for name, value := range m.Attributes {
			h.Set(name, encode(value))
		}
		return h, m.Data
	},
}

const eventType = "google.cloud.pubsub.topic.v1.messagePublished"

// wrap returns the body of a Pub/Sub push of m.
func wrap(m *transport.Message, published time.Time) []byte {
	body, err := json.Marshal(map[string]any{"subscription": "projects/p/subscriptions/s", "message": map[string]any{
		"messageId": "1", "publishTime": published.UTC().Format(time.RFC3339Nano), "data": m.Data, "attributes": m.Attributes,
	}})
	if err != nil {
		panic(err) // strings can be encoded
	}
	return body
}

// requests returns requests that are invalid before a message is decoded, and each bad
// call in one of the shapes, published now or two hours ago.
func requests(good *transport.Message, calls []badMessage) []request {
	now := time.Now()
	header, body := shapes[0](good, now)
	whole := string(body)
	var out []request
	for i, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "POSTS", "post"} {
		out = append(out, request{fmt.Sprintf("method %d", i), header, method, func() io.Reader { return bytes.NewReader(body) }, int64(len(body))})
	}
	const j = "application/json"
	for i, text := range []string{
		"", " ", "null", "true", "0", `""`, "[]", "{}", "{", "}", `{"message"`, `{"message":null}`, `{"message":[]}`, `{"message":"x"}`, `{"message":{}}`,
		`{"message":{"data":"%"}}`, `{"message":{"data":1}}`, `{"message":{"attributes":[]}}`, `{"message":{"attributes":{"a":1}}}`, `{"message":{"attributes":{"a":{}}}}`,
		`{"message":{"publishTime":"x"}}`, `{"message":{"publishTime":1}}`, `{"message":{"orderingKey":1}}`, `{"message":{},"deliveryAttempt":"x"}`, `{"message":{},"deliveryAttempt":1e99}`,
		`{"message":{},"message":{}}`, `{"Message":{}}`, whole + whole, whole + "x", whole[1:], whole[:len(whole)-1], "\xff" + whole, "\ufeff" + whole,
		strings.Replace(whole, `"data":"`, `"data":"*`, 1), strings.Replace(whole, `"data":"`, `"data":"\u0000`, 1), strings.ToUpper(whole),
		strings.Repeat("[", 1<<20), strings.Repeat(`{"message":`, 1<<20), `{"message":{"attributes":{` + strings.Repeat(`"a":"",`, 1<<20) + `"b":""}}}`,
		`{"message":{"attributes":{` + numbered(1<<20) + `}}}`, "{" + numbered(1<<20) + "}", "[" + strings.Repeat("{},", 4<<20) + "{}]",
		base64.StdEncoding.EncodeToString([]byte(whole)), "message=" + url.QueryEscape(whole), "<message/>",
	} {
		out = append(out, textRequest(fmt.Sprintf("body %d", i), j, text))
	}
	for i, contentType := range []string{"application/cloudevents+json", "application/cloudevents-batch+json", "application/cloudevents+json; charset=utf-16"} {
		out = append(out, textRequest(fmt.Sprintf("content type %d", i), contentType, whole))
	}
	for _, h := range []http.Header{
		{"Ce-Type": {"com.example.thing"}, "Ce-Specversion": {"1.0"}}, {"Ce-Type": {eventType}, "Ce-Specversion": {"0.3"}}, {"Ce-Type": {eventType}},
		{"Ce-Type": {"dev.cloudfunctions.dispatch.call.v1"}}, {"Ce-Type": {"dev.cloudfunctions.dispatch.call.v9"}, "Ce-Specversion": {"1.0"}},
	} {
		out = append(out, request{"event of " + fmt.Sprint(h), h, http.MethodPost, func() io.Reader { return bytes.NewReader(body) }, int64(len(body))})
	}
	huge := func() io.Reader { return io.LimitReader(zeros{}, 64<<20) }
	for i, h := range []http.Header{header, {"Content-Type": {"application/cloudevents+json"}}, {"Ce-Type": {"dev.cloudfunctions.dispatch.call.v1"}, "Ce-Specversion": {"1.0"}}} {
		out = append(out, request{fmt.Sprintf("64 MiB %d", i), h, http.MethodPost, huge, 64 << 20}, request{fmt.Sprintf("64 MiB in chunks %d", i), h, http.MethodPost, huge, -1},
			request{fmt.Sprintf("15 MiB in chunks %d", i), h, http.MethodPost, func() io.Reader { return io.LimitReader(zeros{}, 15<<20) }, -1})
	}
	for i, c := range calls {
		published := now
		if i%2 == 0 {
			published = now.Add(-2 * time.Hour) // so old that no other version of the callee is being deployed
		}
		n := i % len(shapes)
		if !fits(&c.Message) && n == 3 {
			n = 0
		}
		h, b := shapes[n](&c.Message, published)
		out = append(out, request{fmt.Sprintf("%s in shape %d", c.name, n), h, http.MethodPost, func() io.Reader { return bytes.NewReader(b) }, int64(len(b))})
	}
	return out
}

// fits reports whether m can be sent unwrapped: its type must be the type of a call.
func fits(m *transport.Message) bool {
	return strings.HasPrefix(m.Attributes["ce-type"], "dev.cloudfunctions.dispatch.call.")
}

// numbered returns n JSON members with different names.
func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"%d":""`, i)
	}
	return b.String()[1:]
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// send sends r, and returns the status and the outcome of the response. If the callee
// stops reading, the response that it sent before counts.
func send(addr string, r request) (status int, outcome string, err error) {
	conn, err := net.DialTimeout("tcp", addr, 10*time.Second)
	if err != nil {
		return 0, "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	req := &http.Request{Method: r.method, URL: &url.URL{Path: "/"}, Host: addr, Header: r.header, Body: io.NopCloser(r.body()), ContentLength: r.length}
	wrote := make(chan struct{})
	go func() {
		defer close(wrote)
		_ = req.Write(conn) // the callee may respond without reading the rest
	}()
	resp, err := http.ReadResponse(bufio.NewReader(conn), req)
	if err == nil {
		var responseBody []byte
		if responseBody, _ = io.ReadAll(resp.Body); bytes.Contains(responseBody, []byte(marker)) {
			err = fmt.Errorf("an argument is in the response %q", responseBody)
		}
	}
	conn.Close()
	<-wrote
	if err != nil {
		return 0, "", err
	}
	return resp.StatusCode, resp.Header.Get("Dispatch-Outcome"), nil
}

// stall starts n requests with incomplete bodies, and keeps them open until the test
// ends.
func stall(t *testing.T, addr string, n int) {
	t.Helper()
	for i := range n {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		head := "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 15000000\r\n\r\n{\"message\":{\"data\":\""
		if i%2 == 1 {
			head = strings.Replace(head, "Content-Length: 15000000", "Transfer-Encoding: chunked", 1) + "4\r\n{\"me"
		}
		if _, err := io.WriteString(conn, head); err != nil {
			t.Fatal(err)
		}
	}
}
