package transporttest

import (
	"testing"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// testLater checks that a delayed message is delivered when it is due, or is refused.
func testLater(t *testing.T, h Harness) {
	var in inbox
	tr := h.New(t, in.handle)
	due := time.Now().Add(200 * time.Millisecond)
	m := &transport.Message{Data: []byte("[1]"), NotBefore: due}
	err := tr.Publish(within(t), m)
	if !h.Delays {
		if err == nil {
			t.Error("Publish of a delayed message = nil, want an error")
		}
		if _, err := tr.Enqueue(within(t), m); err == nil {
			t.Error("Enqueue of a delayed message = nil, want an error")
		}
		return
	}
	if err != nil {
		t.Fatalf("Publish = %v, want nil", err)
	}
	in.distinct(t, 1)
	if early := time.Until(due); early > 0 {
		t.Errorf("the message was delivered %v before it was due", early)
	}
}
