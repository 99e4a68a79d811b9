package receive

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// OutcomeHeader tells, in an answer, what became of the call. Platforms go by
// the status alone.
const OutcomeHeader = "Dispatch-Outcome"

// Handler executes the call in each request. It answers 204 if and only if the
// message may be acknowledged.
type Handler struct {
	executor *entrypoint.Executor

	mu       sync.Mutex
	draining bool
	running  sync.WaitGroup
}

// NewHandler returns a handler that executes with e.
func NewHandler(e *entrypoint.Executor) *Handler { return &Handler{executor: e} }

var statuses = map[entrypoint.Outcome]int{
	entrypoint.Executed:  http.StatusNoContent,
	entrypoint.Retry:     http.StatusInternalServerError,
	entrypoint.Permanent: http.StatusUnprocessableEntity,
	entrypoint.Parked:    http.StatusNoContent,
}

// arrival is how long a request may take to arrive whole. The functions
// framework has no such limit.
const arrival = time.Minute

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && r.URL.Path == Health {
		health(w, h.executor)
		return
	}
	if r.Method != http.MethodPost { // it is no delivery, which would be counted and logged
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, fmt.Sprintf("dispatch: read request: the method is %.16s, want POST", r.Method), http.StatusMethodNotAllowed)
		return
	}
	if err := h.executor.Authenticate(r.Context(), r.Header.Get("Authorization")); err != nil {
		w.Header().Set("WWW-Authenticate", "Bearer")
		answer(w, http.StatusUnauthorized, h.executor.Refuse(r.Context(), entrypoint.ReasonUnauthenticated, err))
		return
	}
	room := h.executor.Arriving()
	defer room.Release()
	body, refused := h.read(w, r, room)
	var d *transport.Delivery
	if refused == nil {
		d, refused = parse(r.Header, body)
	}
	if refused == nil { // it may be a little more than the body, for what the headers had
		refused = makeRoom(r.Context(), room, int64(d.Size()))
	}
	if refused != nil {
		answer(w, refused.status, h.executor.Refuse(r.Context(), refused.reason, fmt.Errorf("dispatch: read request: %w", refused.err)))
		return
	}
	// Only now, since what has not arrived need not be waited for.
	if !h.enter() {
		answer(w, http.StatusServiceUnavailable, h.executor.Refuse(r.Context(), entrypoint.ReasonStopped, entrypoint.ErrStopped))
		return
	}
	defer h.running.Done()
	result := h.executor.Execute(r.Context(), d)
	status := statuses[result.Outcome]
	if result.Reason == entrypoint.ReasonStopped {
		status = http.StatusServiceUnavailable
	}
	answer(w, status, result)
}

// answer writes the whole answer and has it on its way before it returns, so
// that a call counts as running until then.
func answer(w http.ResponseWriter, status int, r entrypoint.Result) {
	w.Header().Set(OutcomeHeader, string(r.Outcome))
	body := ""
	if r.Err != nil && status != http.StatusNoContent {
		body = r.Err.Error() + "\n"
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	// What cannot be written means that nobody waits for the answer any more:
	// the platform delivers again.
	_, _ = w.Write([]byte(body))
	_ = http.NewResponseController(w).Flush()
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
