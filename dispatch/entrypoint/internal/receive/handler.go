package receive

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
)

// OutcomeHeader is the header of an answer with the outcome of the delivery, unless the
// call was executed. It is for people: platforms look only at the status.
const OutcomeHeader = "Dispatch-Outcome"

// Handler executes the call in each request. It answers 204 if and only if the
// message may be acknowledged.
type Handler struct {
	executor *executor.Executor
	intake   *intake

	mu       sync.Mutex
	draining bool
	running  sync.WaitGroup
}

// NewHandler returns a handler that executes with e.
func NewHandler(e *executor.Executor) *Handler {
	return &Handler{executor: e, intake: newIntake(e.MaxBody, e.MaxHeld, e.Deadline)}
}

// MustHandler returns a handler that executes with opts. It panics if the value of an
// option is out of range.
func MustHandler(opts ...entrypoint.Option) *Handler {
	return NewHandler(executor.Must(NewExecutor(opts...)))
}

var statuses = map[entrypoint.Outcome]int{
	entrypoint.Executed:  http.StatusNoContent,
	entrypoint.Retry:     http.StatusInternalServerError,
	entrypoint.Permanent: http.StatusUnprocessableEntity,
	entrypoint.Parked:    http.StatusNoContent,
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	arrived, from := time.Now(), connOf(r.Context())
	from.headerRead()
	controller := http.NewResponseController(w)
	if from == nil {
		// Our own server sets deadlines. Another server resets this one when the body
		// has ended. If it supports none, a slow sender holds a goroutine.
		_ = controller.SetReadDeadline(arrived.Add(requestTimeout))
	}
	if !h.admit(w, r) {
		return
	}
	b := &body{intake: h.intake, controller: controller, from: from, arrived: arrived, length: r.ContentLength}
	d, refused := b.deliver(r)
	counted := func() {}
	if b.n > 0 {
		counted = sync.OnceFunc(b.release) // middleware may execute a call twice
		defer counted()
	}
	if refused != nil {
		if !b.complete {
			closeAfterAnswer(w)
		}
		h.refuse(w, r, refused.status, refused.reason, fmt.Errorf("dispatch: read request: %w", refused.err))
		return
	}
	// Only now, because Drain need not wait for a request that has not arrived.
	if !h.enter() {
		h.refuse(w, r, http.StatusServiceUnavailable, entrypoint.ReasonStopped, executor.ErrStopped)
		return
	}
	h.executor.ExecuteHere(r.Context(), d, arrived, counted, func(r entrypoint.Result) {
		defer h.running.Done()
		if r.Reason == entrypoint.ReasonTimeout || r.Reason == entrypoint.ReasonPanic {
			closeAfterAnswer(w) // the function may still be running, or may have ended this goroutine
		}
		from.answering()
		status := statuses[r.Outcome]
		if r.Reason == entrypoint.ReasonStopped || r.Reason == entrypoint.ReasonOverload {
			status = http.StatusServiceUnavailable
		}
		answer(w, status, r)
	})
}

// answerTimeout limits how long the sender may take to read the answer.
const answerTimeout = 30 * time.Second

// maxHeaderFields limits the fields of a header. A message of Pub/Sub has at most 100
// attributes, and platforms add some fields.
const maxHeaderFields = 250

// admit reports whether the request may be a delivery and its sender is authenticated.
// It answers all other requests, without waiting for their bodies, and closes their
// connections.
func (h *Handler) admit(w http.ResponseWriter, r *http.Request) bool {
	switch isHealth := r.URL.Path == Health && (r.Method == http.MethodGet || r.Method == http.MethodHead); {
	case isHealth:
		closeAfterAnswer(w)
		health(w, h.executor)
	case r.Method != http.MethodPost: // not a delivery, so do not count or log it
		closeAfterAnswer(w)
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, fmt.Sprintf("dispatch: read request: the method is %.16s, want POST", r.Method), http.StatusMethodNotAllowed)
	case len(r.Header) > maxHeaderFields:
		closeAfterAnswer(w)
		h.refuse(w, r, http.StatusRequestHeaderFieldsTooLarge, entrypoint.ReasonTooLarge, fmt.Errorf("dispatch: read request: its header has %d fields, want at most %d", len(r.Header), maxHeaderFields))
	default:
		err := h.executor.Authenticate(r.Context(), r.Header.Get("Authorization"))
		if err == nil {
			return true
		}
		closeAfterAnswer(w)
		w.Header().Set("WWW-Authenticate", "Bearer")
		result := h.executor.Refuse(r.Context(), entrypoint.ReasonUnauthenticated, err)
		result.Err = errUnauthenticated
		answer(w, http.StatusUnauthorized, result)
	}
	return false
}

// errUnauthenticated is the answer to an unauthenticated sender. The cause is only in the
// log.
var errUnauthenticated = errors.New("dispatch: authenticate: the request was refused (the callee's log has the reason)")

// lingerTimeout is how long the server waits for the rest of a refused request. A sender
// can then read the answer before the connection is reset.
const lingerTimeout = time.Second

// closeAfterAnswer makes the server close the connection after the answer, and wait for
// the rest of the body until lingerTimeout at most.
func closeAfterAnswer(w http.ResponseWriter) {
	w.Header().Set("Connection", "close")
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(lingerTimeout))
}

// refuse answers a request that is not executed because of err.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, status int, reason entrypoint.Reason, err error) {
	connOf(r.Context()).answering()
	answer(w, status, h.executor.Refuse(r.Context(), reason, err))
}

// answer writes the answer and flushes it before it returns, so that the call counts as
// running until its answer was sent.
func answer(w http.ResponseWriter, status int, r entrypoint.Result) {
	body := ""
	if r.Outcome != entrypoint.Executed {
		w.Header().Set(OutcomeHeader, string(r.Outcome))
	}
	if r.Err != nil && status != http.StatusNoContent {
		body = text(r.Err) + "\n"
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	controller := http.NewResponseController(w)
	if body != "" { // an answer without a body fits the buffers of the connection
		_ = controller.SetWriteDeadline(time.Now().Add(answerTimeout))
	}
	w.WriteHeader(status)
	// If writing fails, the sender no longer waits for the answer: the platform will
	// deliver the message again.
	_, _ = io.WriteString(w, body)
	_ = controller.Flush()
}

// text returns the text of err for an answer: one line, with characters that do not print
// escaped, since parts of err may come from a function or from the sender.
func text(err error) string {
	text := err.Error()
	if e, ok := err.(interface{ Answer() string }); ok { // do not unwrap: a wrapped error may be a function's
		text = e.Answer()
	}
	var b strings.Builder
	for _, r := range text {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}

// enter counts one more running call, or returns false if the handler is draining.
func (h *Handler) enter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.draining {
		return false
	}
	h.running.Add(1)
	return true
}

// Drain refuses new requests, and requests whose functions have not started. It returns
// when all earlier requests were answered.
func (h *Handler) Drain() {
	h.executor.Stop()
	h.mu.Lock()
	h.draining = true
	h.mu.Unlock()
	h.running.Wait()
}
