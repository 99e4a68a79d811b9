package pubsubrest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand" // a dispatchvet of Go 1.26 cannot read v2 of Go 1.27
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/oauth2"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/internal/pubsubtopic"
)

// A message is a PubsubMessage as the REST API has it.
type message struct {
	Data        []byte            `json:"data,omitempty"` // in base64
	Attributes  map[string]string `json:"attributes,omitempty"`
	OrderingKey string            `json:"orderingKey,omitempty"`
}

func encode(m *transport.Message) message {
	return message{Data: m.Data, Attributes: m.Attributes, OrderingKey: m.OrderingKey}
}

// A failure is an answer that is not a success. It is a google.rpc.Status.
type failure struct {
	Code    int    `json:"code"`
	Status  string `json:"status"`
	Message string `json:"message"`
}

func (f *failure) Error() string {
	return strings.Join(strings.Fields(fmt.Sprintf("%d %s %s", f.Code, f.Status, f.Message)), " ")
}

// The pauses before a request is repeated, as Google's clients have them.
const (
	firstPause = 100 * time.Millisecond
	maxPause   = time.Minute
	growth     = 4
)

// send publishes messages in one request. It repeats the request, until ctx is done, while
// the service cannot take it at the moment or cannot be reached.
func (t *Transport) send(ctx context.Context, messages []message) error {
	body, err := json.Marshal(struct {
		Messages []message `json:"messages"`
	}{messages}, json.DefaultOptionsV2())
	if err != nil {
		return err
	}
	var last error // the reason why the request is repeated
	for pause := firstPause; ; pause = min(growth*pause, maxPause) {
		err := t.post(ctx, body, len(messages))
		if err == nil || ctx.Err() == nil && !passes(err) {
			return err
		}
		if ctx.Err() == nil {
			last = err
			select {
			case <-time.After(1 + time.Duration(rand.Int63n(int64(pause)))):
				continue
			case <-ctx.Done():
			}
		}
		if last == nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w, after %w", ctx.Err(), last)
	}
}

// isInvalid reports whether the service will take none of the messages together, but
// perhaps some of them.
func isInvalid(err error) bool {
	f, ok := errors.AsType[*failure](err)
	return ok && f.Code == http.StatusBadRequest
}

// passes reports whether a request that failed with err may succeed later.
func passes(err error) bool {
	if f, ok := errors.AsType[*failure](err); ok {
		return slices.Contains(passing, f.Code)
	}
	if r, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return r.Response == nil || slices.Contains(passing, r.Response.StatusCode)
	}
	return err != pubsubtopic.ErrNoResult
}

// passing are the codes for which Google's clients repeat a request.
var passing = []int{
	http.StatusConflict, http.StatusTooManyRequests, 499, http.StatusInternalServerError,
	http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
}

// maxAnswer limits an answer, in bytes: a thousand IDs have less than 100 KB.
const maxAnswer = 1 << 20

// post sends one request with n messages.
func (t *Transport) post(ctx context.Context, body []byte, n int) error {
	path := url.URL{Path: "/v1/" + t.topic + ":publish"}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.endpoint+path.EscapedPath(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := t.client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return failureOf(resp, data)
	}
	var answer struct {
		MessageIDs []string `json:"messageIds"`
	}
	if err := json.Unmarshal(data, &answer, json.DefaultOptionsV2()); err != nil || len(answer.MessageIDs) != n {
		return pubsubtopic.ErrNoResult
	}
	return nil
}

// failureOf returns the failure that an answer reports.
func failureOf(resp *http.Response, data []byte) *failure {
	var answer struct {
		Error failure `json:"error"`
	}
	f := &answer.Error
	if json.Unmarshal(data, &answer, json.DefaultOptionsV2()) != nil { // it comes from a proxy
		f.Message = http.StatusText(resp.StatusCode)
	}
	f.Code = cmp.Or(f.Code, resp.StatusCode)
	return f
}

// remedies are by the status of a failure.
var remedies = map[string]string{
	"NOT_FOUND":         pubsubtopic.NotFound,
	"PERMISSION_DENIED": pubsubtopic.PermissionDenied,
}

// explain adds the operation, and a remedy if there is one, to err.
func (t *Transport) explain(err error) error {
	if err == nil {
		return nil
	}
	remedy := ""
	if f, ok := errors.AsType[*failure](err); ok && remedies[f.Status] != "" {
		remedy = remedies[f.Status] + ": "
	}
	return fmt.Errorf("publish to %s: %s%w", t.topic, remedy, err)
}
