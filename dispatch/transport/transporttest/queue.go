package transporttest

import (
	"errors"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// testQueue checks that a named queue of a transport delivers as the transport itself
// does, and is flushed and closed with it.
func testQueue(t *testing.T, h Harness) {
	in := new(inbox)
	tr, ok := h.New(t, in.handle).(transport.Queuer)
	if !ok {
		t.Skip("the transport has one queue")
	}
	q, err := tr.Queue("other")
	if err != nil {
		t.Fatalf("Queue() = %v, want nil", err)
	}
	if again, err := tr.Queue("other"); again != q || err != nil {
		t.Errorf("Queue() again = %v, %v; want the same transport", again, err)
	}
	publish(t, q, message("published"))
	wait := enqueue(t, q, message("enqueued"))
	tr.Flush(within(t))
	if err := wait(within(t)); err != nil {
		t.Errorf("wait after Flush = %v, want nil", err)
	}
	wait = enqueue(t, q, message("last"))
	if err := tr.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
	if err := wait(within(t)); err != nil {
		t.Errorf("wait after Close = %v, want nil", err)
	}
	in.distinct(t, 3)
	if err := q.Publish(within(t), message("late")); !errors.Is(err, transport.ErrClosed) {
		t.Errorf("Publish to a queue of a closed transport = %v, want ErrClosed", err)
	}
}
