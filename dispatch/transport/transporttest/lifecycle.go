package transporttest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

func testDoneContext(t *testing.T, h Harness) {
	in := new(inbox)
	tr := h.New(t, in.handle)
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tr.Publish(done, keyed("k", "canceled")); !errors.Is(err, context.Canceled) {
		t.Errorf("Publish with a canceled context = %v, want context.Canceled", err)
	}
	if _, err := tr.Enqueue(done, keyed("k", "canceled")); !errors.Is(err, context.Canceled) {
		t.Errorf("Enqueue with a canceled context = %v, want context.Canceled", err)
	}
	// If the canceled message was published after all, it is delivered before this one,
	// which has the same key.
	m := keyed("k", "marker")
	if h.Unordered {
		m.OrderingKey = ""
	}
	publish(t, tr, m)
	if got := in.distinct(t, 1)[0]; got != "marker" {
		t.Errorf("the first message delivered is %q, want \"marker\"", got)
	}
}

func testSize(t *testing.T, h Harness) {
	in := new(inbox)
	tr := h.New(t, in.handle)
	if least := cmp.Or(h.MinSize, 512<<10); tr.MaxSize() < least {
		t.Fatalf("MaxSize() = %d, want at least %d", tr.MaxSize(), least)
	}
	sized := func(n int) *transport.Message {
		m := &transport.Message{Attributes: map[string]string{"ce-name": "value"}}
		m.Data = []byte(strings.Repeat("x", n-m.Size()))
		return m
	}
	largest := sized(tr.MaxSize())
	publish(t, tr, largest)
	// The limit applies to the sum of all parts of a message.
	over := sized(tr.MaxSize() + 1)
	overKey := sized(tr.MaxSize())
	overKey.OrderingKey = "k"
	for _, m := range []*transport.Message{over, overKey} {
		err := tr.Publish(within(t), m)
		checkTooLarge(t, "Publish", err, tr.MaxSize())
		_, err = tr.Enqueue(within(t), m)
		checkTooLarge(t, "Enqueue", err, tr.MaxSize())
	}
	publish(t, tr, message("after"))
	for _, data := range in.distinct(t, 2) {
		if data != "after" && data != string(largest.Data) {
			t.Errorf("got a message with %d bytes of data, want only the accepted messages", len(data))
		}
	}
}

func checkTooLarge(t *testing.T, what string, err error, limit int) {
	t.Helper()
	if err == nil {
		t.Errorf("%s of a message over MaxSize = nil, want an error", what)
		return
	}
	if s := err.Error(); !strings.Contains(s, fmt.Sprint(limit)) || strings.Contains(s, "xxx") || strings.Contains(s, "\n") {
		t.Errorf("%s of a message over MaxSize = %.200q, want one line that names %d and holds no data", what, s, limit)
	}
}

// testText checks that text that is not UTF-8 is refused at once. Otherwise it might
// cause an error that is retried again and again.
func testText(t *testing.T, h Harness) {
	tr := h.New(t, new(inbox).handle)
	const bad = "bad\xff"
	for name, m := range map[string]*transport.Message{
		"attribute value": {Attributes: map[string]string{"k": bad}},
		"attribute key":   {Attributes: map[string]string{bad: "v"}},
		"ordering key":    {Data: []byte("x"), OrderingKey: bad},
	} {
		_, enqueueErr := tr.Enqueue(within(t), m)
		for what, err := range map[string]error{"Publish": tr.Publish(within(t), m), "Enqueue": enqueueErr} {
			if err == nil || !strings.Contains(err.Error(), "UTF-8") || strings.Contains(err.Error(), "bad") {
				t.Errorf("%s with an %s that is not UTF-8 = %v, want an error that says so without the value", what, name, err)
			}
		}
	}
}

func testEnqueue(t *testing.T, h Harness) {
	in := new(inbox)
	tr := h.New(t, in.handle)
	// A transport sends enqueued messages even if nobody calls Flush.
	var waits []func(context.Context) error
	want := []string{"0", "1", "2", "3"}
	for _, data := range want {
		waits = append(waits, enqueue(t, tr, message(data)))
	}
	for i, wait := range waits {
		if err := wait(within(t)); err != nil {
			t.Errorf("wait %d = %v, want nil", i, err)
		}
	}
	got := in.distinct(t, len(want))
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got messages %q, want %q", got, want)
	}
}

func testFlush(t *testing.T, h Harness) {
	in := new(inbox)
	tr := h.New(t, in.handle)
	wait := enqueue(t, tr, message("alone"))
	tr.Flush(within(t))
	// Flush has returned, so the message was accepted. The wait must then return nil
	// even if its context is done: after an error, a caller would assume that the
	// message was not sent.
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if err := wait(done); err != nil {
		t.Errorf("wait after Flush = %v, want nil", err)
	}
	if got := in.distinct(t, 1)[0]; got != "alone" {
		t.Errorf("got message %q, want \"alone\"", got)
	}
}

func testFlushNothing(t *testing.T, h Harness) {
	in := new(inbox)
	tr := h.New(t, in.handle)
	tr.Flush(within(t))
	publish(t, tr, message("x"))
	tr.Flush(within(t))
	if err := tr.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
	tr.Flush(within(t)) // of a closed transport: it does nothing, and does not panic
	in.distinct(t, 1)
}

func testCloseSends(t *testing.T, h Harness) {
	in := new(inbox)
	tr := h.New(t, in.handle)
	want := []string{"0", "1", "2"}
	var waits []func(context.Context) error
	for _, data := range want {
		waits = append(waits, enqueue(t, tr, message(data)))
	}
	if err := tr.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
	// Close has sent all messages, so the waits must return nil even with a done
	// context.
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for i, wait := range waits {
		if err := wait(done); err != nil {
			t.Errorf("wait %d after Close = %v, want nil", i, err)
		}
	}
	got := in.distinct(t, len(want))
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got messages %q, want %q", got, want)
	}
}

func testClosed(t *testing.T, h Harness) {
	tr := h.New(t, new(inbox).handle)
	for i := range 2 {
		if err := tr.Close(); err != nil {
			t.Fatalf("Close() = %v, call %d; want nil", err, i+1)
		}
		if err := tr.Publish(within(t), message("late")); !errors.Is(err, transport.ErrClosed) {
			t.Errorf("Publish after Close = %v, want ErrClosed", err)
		}
		if _, err := tr.Enqueue(within(t), message("late")); !errors.Is(err, transport.ErrClosed) {
			t.Errorf("Enqueue after Close = %v, want ErrClosed", err)
		}
	}
}

// testCloseWhilePublishing calls Close while other goroutines publish. Each message
// must be delivered or refused with ErrClosed, and none may be accepted after Close has
// returned.
func testCloseWhilePublishing(t *testing.T, h Harness) {
	in := new(inbox)
	tr := h.New(t, in.handle)
	var mu sync.Mutex
	accepted := []string{}
	var senders sync.WaitGroup
	first := make(chan struct{})
	for s := range 4 {
		senders.Go(func() {
			for i := range 10 {
				m := message(fmt.Sprintf("%d/%d", s, i))
				err := tr.Publish(within(t), m)
				if s == 0 && i == 0 {
					close(first)
				}
				if err != nil {
					if !errors.Is(err, transport.ErrClosed) {
						t.Errorf("Publish while closing = %v, want nil or ErrClosed", err)
					}
					return
				}
				mu.Lock()
				accepted = append(accepted, string(m.Data))
				mu.Unlock()
			}
		})
	}
	<-first
	if err := tr.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
	if err := tr.Publish(within(t), message("late")); !errors.Is(err, transport.ErrClosed) {
		t.Errorf("Publish after Close = %v, want ErrClosed", err)
	}
	senders.Wait()
	got := in.distinct(t, len(accepted))
	slices.Sort(got)
	slices.Sort(accepted)
	if !slices.Equal(got, accepted) {
		t.Errorf("delivered %q, want the accepted messages %q", got, accepted)
	}
}
