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

// OutcomeHeader tells, in an answer, what became of the call, unless it was executed.
// Platforms go by the status alone.
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
	from.begin()
	controller := http.NewResponseController(w)
	if from == nil {
		// Our server has a deadline. Another takes this one back when the body has
		// ended; without one, where it cannot, a slow sender holds a goroutine.
		_ = controller.SetReadDeadline(arrived.Add(arrival))
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
		if !b.whole {
			hangUp(w)
		}
		h.refuse(w, r, refused.status, refused.reason, fmt.Errorf("dispatch: read request: %w", refused.err))
		return
	}
	// Only now, since what has not arrived need not be waited for.
	if !h.enter() {
		h.refuse(w, r, http.StatusServiceUnavailable, entrypoint.ReasonStopped, executor.ErrStopped)
		return
	}
	h.executor.ExecuteHere(r.Context(), d, arrived, counted, func(r entrypoint.Result) {
		defer h.running.Done()
		if r.Reason == entrypoint.ReasonTimeout || r.Reason == entrypoint.ReasonPanic {
			hangUp(w) // the function may still be running, or may have ended this goroutine
		}
		from.answer()
		status := statuses[r.Outcome]
		if r.Reason == entrypoint.ReasonStopped || r.Reason == entrypoint.ReasonOverload {
			status = http.StatusServiceUnavailable
		}
		answer(w, status, r)
	})
}

// answering is how long a sender may take to read the answer.
const answering = 30 * time.Second

// maxHeaderFields is how many fields a header may have: a message of Pub/Sub has 100
// attributes at most, and platforms add some.
const maxHeaderFields = 250

// admit reports whether the request may be a delivery, and of somebody who may send
// one. It answers the others. It does not wait for their bodies, and ends their
// connections.
func (h *Handler) admit(w http.ResponseWriter, r *http.Request) bool {
	switch isHealth := r.URL.Path == Health && (r.Method == http.MethodGet || r.Method == http.MethodHead); {
	case isHealth:
		hangUp(w)
		health(w, h.executor)
	case r.Method != http.MethodPost: // it is no delivery, which would be counted and logged
		hangUp(w)
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, fmt.Sprintf("dispatch: read request: the method is %.16s, want POST", r.Method), http.StatusMethodNotAllowed)
	case len(r.Header) > maxHeaderFields:
		hangUp(w)
		h.refuse(w, r, http.StatusRequestHeaderFieldsTooLarge, entrypoint.ReasonTooLarge, fmt.Errorf("dispatch: read request: its header has %d fields, want at most %d", len(r.Header), maxHeaderFields))
	default:
		err := h.executor.Authenticate(r.Context(), r.Header.Get("Authorization"))
		if err == nil {
			return true
		}
		hangUp(w)
		w.Header().Set("WWW-Authenticate", "Bearer")
		result := h.executor.Refuse(r.Context(), entrypoint.ReasonUnauthenticated, err)
		result.Err = errStranger
		answer(w, http.StatusUnauthorized, result)
	}
	return false
}

// errStranger is all that somebody is told who is not let in. The log has the cause.
var errStranger = errors.New("dispatch: authenticate: the request is not of a known sender (the log of the callee says why)")

// parting is how long the rest of a request may take that is refused.
const parting = time.Second

// hangUp has the connection end with the answer, and the server wait for the rest of
// the body no longer than it takes to be on its way.
func hangUp(w http.ResponseWriter) {
	w.Header().Set("Connection", "close")
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(parting))
}

func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, status int, reason entrypoint.Reason, err error) {
	connOf(r.Context()).answer()
	answer(w, status, h.executor.Refuse(r.Context(), reason, err))
}

// answer writes the whole answer and has it on its way before it returns, so
// that a call counts as running until then.
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
	if body != "" { // without one, nobody has it fill the buffers
		_ = controller.SetWriteDeadline(time.Now().Add(answering))
	}
	w.WriteHeader(status)
	// What cannot be written means that nobody waits for the answer any more:
	// the platform delivers again.
	_, _ = io.WriteString(w, body)
	_ = controller.Flush()
}

// text is what an answer says of err: one line of what can be printed, since a part of
// it may be a function's or a stranger's.
func text(err error) string {
	text := err.Error()
	if e, ok := err.(interface{ Answer() string }); ok { // ours; what it wraps may be a function's
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

func (h *Handler) enter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.draining {
		return false
	}
	h.running.Add(1)
	return true
}

// Drain has further requests refused, and those whose calls have not begun, and
// returns when each before was answered.
func (h *Handler) Drain() {
	h.executor.Stop()
	h.mu.Lock()
	h.draining = true
	h.mu.Unlock()
	h.running.Wait()
}
