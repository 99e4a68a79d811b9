package transporttest

import (
	"math"
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
	if far := (&transport.Message{Data: []byte("[1]"), NotBefore: due.Add(h.MaxDelay + time.Minute)}); h.MaxDelay < math.MaxInt64 {
		checkRefused(t, tr, far, "delay")
	}
	if h.MaxDelay == 0 {
		return
	}
	publish(t, tr, m)
	in.distinct(t, 1)
	if early := time.Until(due); early > 0 {
		t.Errorf("the message was delivered %v before it was due", early)
	}
}
