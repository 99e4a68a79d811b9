package lambda

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/sqsmessage"
)

// A Handler executes the calls of each invocation. It is safe for concurrent use.
type Handler struct {
	executor   *executor.Executor
	visibility *visibility // nil if it is not changed
}

func newHandler(e *executor.Executor) *Handler {
	h := &Handler{executor: e}
	if !e.KeepVisibility {
		h.visibility = newVisibility()
	}
	return h
}

const (
	// margin is the time between the deadline of functions and that of the invocation, for
	// the dead-letter sink and the answer.
	margin = 10 * time.Second

	// answerMargin is the time for the answer.
	answerMargin = 250 * time.Millisecond
)

// An answer is the partial batch response of Lambda.
type answer struct {
	Failures []failure `json:"batchItemFailures"`
}

type failure struct {
	ID string `json:"itemIdentifier"`
}

// Invoke executes the calls in payload, an event of SQS, and returns a response with the
// messages that failed. If payload is another event, Invoke returns an error, and nothing
// is executed.
func (h *Handler) Invoke(ctx context.Context, payload []byte) (response []byte, err error) {
	defer func() {
		fault := recover() // Lambda would end the process
		if fault == nil {
			return
		}
		h.executor.Warn(ctx, "dispatch: internal error", fmt.Errorf("panic: %v\n%s", fault, debug.Stack()))
		if response == nil {
			err = errors.New("dispatch: handle the event: internal error")
		}
	}()
	records, err := parse(payload)
	if err != nil {
		err = fmt.Errorf("dispatch: read event: %w", err)
		h.executor.Refuse(ctx, entrypoint.ReasonMalformed, err)
		return nil, err
	}
	b := &batch{handler: h, results: make(map[*record]result, len(records))}
	b.execute(ctx, records)
	out := answer{Failures: []failure{}}
	var again []*record
	for _, r := range records {
		if b.results[r] != acknowledged {
			out.Failures = append(out.Failures, failure{r.MessageID})
			again = append(again, r)
		}
	}
	if response, err = json.Marshal(out); err != nil {
		return nil, err
	}
	if h.visibility != nil && len(again) > 0 {
		if err := h.visibility.change(ctx, again, b.backoff); err != nil {
			h.executor.Warn(ctx, "dispatch: failed messages are delivered late", err)
		}
	}
	return response, nil
}

// A result is the state of a record.
type result int

const (
	notStarted result = iota
	failed            // or still running
	acknowledged
)

// A batch is the execution of one event.
type batch struct {
	handler *Handler

	mu      sync.Mutex
	results map[*record]result
	late    bool // the answer is being written: results come too late
}

// execute executes records. It returns when all have ended, or when the answer is due.
func (b *batch) execute(ctx context.Context, records []*record) {
	running, cancel := ctx, func() {}
	var due <-chan time.Time
	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline)
		running, cancel = context.WithTimeout(ctx, max(left-margin, left/2))
		t := time.NewTimer(left - min(answerMargin, left/4))
		defer t.Stop()
		due = t.C
	}
	queue := make(chan []*record)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer cancel()
		var workers sync.WaitGroup
		all := sqsmessage.Groups(records, (*record).group)
		for range min(b.handler.executor.Concurrency, len(all)) {
			workers.Go(func() {
				for group := range queue {
					b.executeGroup(running, group)
				}
			})
		}
		for _, group := range all {
			queue <- group
		}
		close(queue)
		workers.Wait()
	}()
	select {
	case <-ended:
	case <-due:
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.late = true
}

// executeGroup executes records in order, up to the first that fails.
func (b *batch) executeGroup(ctx context.Context, group []*record) {
	for _, r := range group {
		if ctx.Err() != nil || b.isLate() {
			return
		}
		b.set(r, failed)
		outcome := b.handler.executor.Execute(ctx, r.delivery()).Outcome
		if outcome != entrypoint.Executed && outcome != entrypoint.Parked {
			return
		}
		b.set(r, acknowledged)
	}
}

// set sets the result of r, unless it comes too late: then the message is delivered again.
func (b *batch) set(r *record, to result) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.late {
		b.results[r] = to
	}
}

func (b *batch) isLate() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.late
}

// backoff returns when a failed message is delivered again. One that was not started is
// delivered again at once, but in a FIFO queue not before the failed one of its group.
func (b *batch) backoff(r *record) time.Duration {
	if b.results[r] == notStarted {
		return 0
	}
	return sqsmessage.Backoff(r.attempt())
}
