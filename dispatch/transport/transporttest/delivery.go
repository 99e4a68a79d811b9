package transporttest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

func testContent(t *testing.T, h Harness) {
	long := make([]byte, 100_000)
	for i := range long {
		long[i] = byte(i * 7)
	}
	cases := []*transport.Message{
		{Data: []byte(`["a.jpg",320]`), Attributes: map[string]string{"ce-id": "1", "ce-subject": "example.com/a.b"}},
		{Data: nil, Attributes: map[string]string{"ce-n": "no data"}},
		{Data: []byte("no attributes")},
		{Data: []byte{0, 0xff, 0xfe, '\n', '\r', 0x80}, Attributes: map[string]string{"ce-n": "binary"}},
		{Data: []byte("unicode"), Attributes: map[string]string{"ce-r": "значение 🦫", "ce-e": "", "ce-q": " a\"b\\c\n\t%41+ "}},
		{Data: []byte("names"), Attributes: map[string]string{"ключ": "1", "A": "2", "ce-ok": "3"}},
		{Data: long, Attributes: map[string]string{"ce-n": "long"}},
		{Data: []byte(`[ {"a" :"<&>\u00e9\/", "b":1.0} ,\tnull,\n\r 1E2]`), Attributes: map[string]string{"ce-n": "JSON in ASCII"}},
		{Data: []byte(" \n[1]\r\n"), Attributes: map[string]string{"ce-n": "white space around JSON"}},
		{Data: []byte(`["é","\u0000","🦫","\ufffe"]`), Attributes: map[string]string{"ce-n": "JSON in Unicode"}},
		{Data: []byte("[\"\uffff\"]"), Attributes: map[string]string{"ce-n": "not XML", "ce-v": "\x01\uffff\ufffe\U0010ffff\x7f\u0085"}},
		{Data: []byte(`1,"id":"2"`), Attributes: map[string]string{"ce-n": "part of JSON", "ce-id": "1"}},
		{Data: []byte(`{"a":1,"a":2}`), Attributes: map[string]string{"ce-n": "ambiguous JSON"}},
		{Data: []byte(strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)), Attributes: map[string]string{"ce-n": "deep JSON"}},
	}
	for i, want := range cases {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			in := new(inbox)
			tr := h.New(t, in.handle)
			start := time.Now()
			if _, other := want.Attributes["A"]; other && h.OtherAttributes != 0 {
				checkRefused(t, tr, want, "attribute")
				return
			}
			publish(t, tr, &transport.Message{Data: slices.Clone(want.Data), Attributes: maps.Clone(want.Attributes)})
			got := in.deliveries(t, func(all []*transport.Delivery) bool { return len(all) > 0 })[0]
			if string(got.Data) != string(want.Data) {
				t.Errorf("delivered %d bytes of data %.40q, want %d bytes %.40q", len(got.Data), got.Data, len(want.Data), want.Data)
			}
			if !maps.Equal(got.Attributes, want.Attributes) {
				t.Errorf("delivered attributes %q, want %q", got.Attributes, want.Attributes)
			}
			if got.OrderingKey != "" {
				t.Errorf("delivered ordering key %q, want none", got.OrderingKey)
			}
			// Allow a minute either way, for a queue with its own clock.
			if p := got.Published; !p.IsZero() && (p.Before(start.Add(-time.Minute)) || p.After(time.Now().Add(time.Minute))) {
				t.Errorf("delivered as published at %v, want about %v", p, start)
			}
		})
	}
}

// testAttributes sends as many attributes without the prefix ce- as the transport carries,
// and one more.
func testAttributes(t *testing.T, h Harness) {
	const many = 90 // Pub/Sub has 100
	in := new(inbox)
	tr := h.New(t, in.handle)
	m := message("x")
	for i := range max(0, cmp.Or(h.OtherAttributes, many)) {
		m.Attributes[fmt.Sprintf("dispatch-%d", i)] = "значение, \"quoted\""
	}
	publish(t, tr, &transport.Message{Data: m.Data, Attributes: maps.Clone(m.Attributes)})
	in.distinct(t, 1)
	if got := in.all[0].Attributes; !maps.Equal(got, m.Attributes) {
		t.Errorf("delivered attributes %q, want %q", got, m.Attributes)
	}
	if h.OtherAttributes != 0 {
		m.Attributes["dispatch-more"] = "x"
		checkRefused(t, tr, m, "attribute")
	}
}

// checkRefused checks that tr refuses m with an error that contains name.
func checkRefused(t *testing.T, tr transport.Transport, m *transport.Message, name string) {
	t.Helper()
	_, enqueueErr := tr.Enqueue(within(t), m)
	for what, err := range map[string]error{"Publish": tr.Publish(within(t), m), "Enqueue": enqueueErr} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s = %v, want an error about the %s", what, err, name)
		}
	}
}

func testRedelivery(t *testing.T, h Harness) {
	const failures = 2
	in := &inbox{fail: func(_ *transport.Delivery, before int) error {
		if before < failures {
			return errors.New("not yet")
		}
		return nil
	}}
	tr := h.New(t, in.handle)
	m := keyed("k", "again")
	if h.Unordered {
		m.OrderingKey = ""
	}
	publish(t, tr, m)
	got := in.deliveries(t, func(all []*transport.Delivery) bool { return len(all) > failures })
	attempt := 0
	for i, d := range got[:failures+1] {
		if string(d.Data) != "again" || !maps.Equal(d.Attributes, m.Attributes) || d.OrderingKey != m.OrderingKey {
			t.Errorf("delivery %d: got %q %q key %q, want the published message: %q %q key k",
				i, d.Data, d.Attributes, d.OrderingKey, m.Data, m.Attributes)
		}
		if d.Attempt != 0 && d.Attempt <= attempt {
			t.Errorf("delivery %d: got attempt %d after %d, want them to grow or all be 0", i, d.Attempt, attempt)
		}
		attempt = d.Attempt
	}
}

func testConcurrent(t *testing.T, h Harness) {
	in := new(inbox)
	tr := h.New(t, in.handle)
	const senders, each = 8, 5
	var senderGroup sync.WaitGroup
	for s := range senders {
		senderGroup.Go(func() {
			for i := range each {
				m := message(fmt.Sprintf("%d/%d", s, i))
				if i%2 == 0 {
					if err := tr.Publish(within(t), m); err != nil {
						t.Errorf("Publish(%q) = %v, want nil", m.Data, err)
					}
					continue
				}
				wait, err := tr.Enqueue(within(t), m)
				if err == nil {
					err = wait(within(t))
				}
				if err != nil {
					t.Errorf("Enqueue(%q) = %v, want nil", m.Data, err)
				}
			}
		})
	}
	senderGroup.Wait()
	got := in.distinct(t, senders*each)
	slices.Sort(got)
	var want []string
	for s := range senders {
		for i := range each {
			want = append(want, fmt.Sprintf("%d/%d", s, i))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got messages %q, want each of %q", got, want)
	}
}

func testPublishOrder(t *testing.T, h Harness) {
	in := new(inbox)
	tr := h.New(t, in.handle)
	if h.Unordered {
		checkRefused(t, tr, keyed("a", "a0"), "ordering key")
		return
	}
	const n = 8
	for i := range n {
		publish(t, tr, keyed("a", fmt.Sprintf("a%d", i)))
		publish(t, tr, keyed("b", fmt.Sprintf("b%d", i)))
	}
	checkOrder(t, in.distinct(t, 2*n), n)
}

func testEnqueueOrder(t *testing.T, h Harness) {
	if h.Unordered {
		t.Skip("this queue keeps no order")
	}
	in := new(inbox)
	tr := h.New(t, in.handle)
	const n = 8
	var waits []func(context.Context) error
	for i := range n {
		waits = append(waits,
			enqueue(t, tr, keyed("a", fmt.Sprintf("a%d", i))),
			enqueue(t, tr, keyed("b", fmt.Sprintf("b%d", i))))
	}
	tr.Flush(within(t))
	for i, wait := range waits {
		if err := wait(within(t)); err != nil {
			t.Errorf("wait %d = %v, want nil", i, err)
		}
	}
	checkOrder(t, in.distinct(t, 2*n), n)
}

// checkOrder checks that the messages a0, a1, … and b0, b1, … are each in order.
func checkOrder(t *testing.T, got []string, n int) {
	t.Helper()
	for _, key := range []string{"a", "b"} {
		var of, want []string
		for _, s := range got {
			if s[:1] == key {
				of = append(of, s)
			}
		}
		for i := range n {
			want = append(want, fmt.Sprintf("%s%d", key, i))
		}
		if !slices.Equal(of, want) {
			t.Errorf("messages with key %s were delivered as %q, want %q", key, of, want)
		}
	}
}

// testOrderAfterFailure fails the first message once: the second must be delivered
// after its redelivery. A queue such as Pub/Sub may also deliver the second message
// before that.
func testOrderAfterFailure(t *testing.T, h Harness) {
	if !h.OrdersRedelivery {
		t.Skip("on this queue a message may overtake a failed one with the same key")
	}
	in := &inbox{fail: func(d *transport.Delivery, before int) error {
		if string(d.Data) == "first" && before == 0 {
			return errors.New("not yet")
		}
		return nil
	}}
	tr := h.New(t, in.handle)
	publish(t, tr, keyed("k", "first"))
	publish(t, tr, keyed("k", "second"))
	in.deliveries(t, func(all []*transport.Delivery) bool {
		firsts := 0
		for _, d := range all {
			switch {
			case string(d.Data) == "first":
				firsts++
			case firsts >= 2:
				return true
			}
		}
		return false
	})
}

// testPanic lets a handler panic, then end its goroutine, then return an error with
// methods that panic. Each must count as a failed delivery and must not end the process
// or block the queue.
func testPanic(t *testing.T, h Harness) {
	if !h.RunsHandlers {
		t.Skip("the test's own receiver runs the handlers of this transport")
	}
	in := &inbox{fail: func(d *transport.Delivery, before int) error {
		switch {
		case string(d.Data) != "poison":
		case before == 0:
			panic("a panic of the handler")
		case before == 1:
			runtime.Goexit()
		case before == 2:
			return (*nilError)(nil)
		}
		return nil
	}}
	tr := h.New(t, in.handle)
	publish(t, tr, message("poison"))
	got := in.deliveries(t, func(all []*transport.Delivery) bool { return len(all) >= 4 })
	for i, d := range got {
		if string(d.Data) != "poison" {
			t.Errorf("delivery %d: got %q, want the poison message again", i, d.Data)
		}
	}
	publish(t, tr, message("after"))
	in.distinct(t, 2)
}

// A nilError has methods that panic on a nil pointer, as many error types do.
type nilError struct{ cause error }

func (e *nilError) Error() string { return e.cause.Error() }
func (e *nilError) Unwrap() error { return e.cause }
