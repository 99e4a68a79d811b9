package push_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"
	"github.com/cloud-functions-dispatch/go/internal/race"
)

var (
	_ = dispatch.Register(take, dispatch.Name("take"))
	_ = dispatch.Register(linger, dispatch.Name("linger"))
)

func take(context.Context, string) error { return nil }

var _ = dispatch.Register(hang, dispatch.Name("hang"))

func hang(context.Context, string) error { time.Sleep(time.Hour); return nil }

func linger(context.Context, string) error { time.Sleep(time.Minute); return nil }

// A bubble is a server in a bubble of testing/synctest, on pipes. Time passes there only
// while all goroutines wait.
type bubble struct {
	*pipeListener
	t *testing.T
}

func inBubble(t *testing.T, test func(t *testing.T, b *bubble), opts ...entrypoint.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := newPipeListener()
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- push.Serve(ctx, l, opts...) }()
		test(t, &bubble{l, t})
		stop()
		if err := <-served; err != nil && !strings.Contains(err.Error(), "still running") {
			t.Errorf("Serve = %v, want nil", err)
		}
		time.Sleep(time.Second) // the server waits for data in transit
	})
}

// pushOf returns a push with a call of name and an argument of n bytes.
func pushOf(name string, n int) string {
	args, _ := json.Marshal([]string{strings.Repeat("x", n)})
	body, err := json.Marshal(map[string]any{"message": map[string]any{"data": args, "attributes": map[string]string{
		"ce-specversion": "1.0", "ce-type": "dev.cloudfunctions.dispatch.call.v1", "ce-id": "1", "ce-source": "s", "ce-subject": name,
	}}})
	if err != nil {
		panic(err) // it has only strings
	}
	return fmt.Sprintf("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// send sends text. It returns the status of the answer, how long the answer took, and how
// long the server took to close the connection; 0 if it did not.
func (b *bubble) send(text string) (status int, answered, ended time.Duration, err error) {
	conn := b.dial()
	defer conn.Close()
	start := time.Now()
	wrote := make(chan struct{})
	go func() {
		defer close(wrote)
		_, _ = io.WriteString(conn, text) // fails if the answer comes first
	}()
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		return 0, 0, 0, err
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	answered = time.Since(start)
	if resp.Close {
		_, _ = io.Copy(io.Discard, r)
		ended = time.Since(start)
	}
	conn.Close()
	<-wrote
	return resp.StatusCode, answered, ended, nil
}

// call makes a call of n bytes, and fails the test if it is not executed at once.
func (b *bubble) call(what string, n int) {
	b.t.Helper()
	if status, took, _, err := b.send(pushOf("take", n)); status != http.StatusNoContent || took > 0 || err != nil {
		b.t.Errorf("%s, a call of %d bytes: answered %d after %v, %v; want 204 at once", what, n, status, took, err)
	}
}

// Senders that stall again and again do not delay calls of the listed sizes.
func TestServe_stalls(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		head   string
		sent   int
		honest []int
	}{
		"15 MB announced, 3 sent":          {"Content-Length: 15000000", 3_000_000, []int{100, 100_000, 190_000, 1_000_000}},
		"15 MB announced, 14 sent":         {"Content-Length: 15000000", 14_000_000, []int{100, 100_000, 190_000, 1_000_000}},
		"15 MB announced, a little sent":   {"Content-Length: 15000000", 50_000, []int{100, 100_000, 1_000_000, 9_900_000}},
		"in chunks":                        {"Transfer-Encoding: chunked", 3_000_000, []int{100, 100_000, 190_000}},
		"one byte less than 200 KB":        {"Content-Length: 200000", 199_999, []int{100, 100_000, 1_000_000, 9_900_000}},
		"one byte less than a small one":   {"Content-Length: 20000", 19_999, []int{100, 100_000, 1_000_000, 9_900_000}},
		"the body is yet to begin":         {"Content-Length: 15000000", 0, []int{100, 100_000, 1_000_000, 9_900_000}},
		"half announced, of a middle size": {"Content-Length: 1000000", 500_000, []int{100, 100_000, 9_900_000}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, b *bubble) {
				ctx, stop := context.WithCancel(t.Context())
				var wg sync.WaitGroup
				for range 8 {
					wg.Go(func() {
						for ctx.Err() == nil {
							conn := b.dial()
							unhook := context.AfterFunc(ctx, func() { conn.Close() })
							body := strings.Repeat(" ", c.sent)
							if strings.Contains(c.head, "chunked") {
								body = fmt.Sprintf("%x\r\n%s", c.sent+1, body)
							}
							_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\n"+c.head+"\r\n\r\n"+body)
							_, _ = io.Copy(io.Discard, conn)
							unhook()
							conn.Close()
						}
					})
				}
				rounds := 8
				if race.Enabled { // then the test takes ten times as long
					rounds = 2
				}
				for range rounds {
					synctest.Wait() // until all of them stall
					for _, n := range c.honest {
						b.call(name, n)
					}
					time.Sleep(700 * time.Millisecond)
				}
				stop()
				wg.Wait()
			})
		})
	}
}

// Senders that send a byte now and then delay calls of their size a little, and calls of
// other sizes not at all.
func TestServe_drips(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bubble) {
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for ctx.Err() == nil {
					conn := b.dial()
					unhook := context.AfterFunc(ctx, func() { conn.Close() })
					go func() { _, _ = io.Copy(io.Discard, conn) }()
					_, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 15000000\r\n\r\n"+strings.Repeat(" ", 9_000_000))
					for err == nil {
						time.Sleep(900 * time.Millisecond)
						_, err = io.WriteString(conn, " ")
					}
					unhook()
					conn.Close()
				}
			})
		}
		for range 3 {
			synctest.Wait()
			b.call("beside dripping senders", 100)
			b.call("beside dripping senders", 1_000_000)
			if status, took, _, err := b.send(pushOf("take", 5_000_000)); status != http.StatusNoContent || took > 25*time.Second || err != nil {
				t.Errorf("a call of 5 MB beside dripping senders: %d after %v, %v; want 204 within 25s", status, took, err)
			}
		}
		stop()
		wg.Wait()
	})
}

// Large calls wait for memory in a queue, and none is refused.
func TestServe_queue(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bubble) {
		var wg sync.WaitGroup
		for i := range 48 {
			wg.Go(func() {
				n := []int{100_000, 200_000, 1_000_000, 5_000_000, 9_900_000, 10}[i%6]
				if status, _, _, err := b.send(pushOf("take", n)); status != http.StatusNoContent || err != nil {
					t.Errorf("a call of %d bytes: %d, %v, want 204", n, status, err)
				}
			})
		}
		wg.Wait()
	})
}

// Slow calls hold the memory for running calls, not the memory for arriving ones.
func TestServe_slow(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bubble) {
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				if status, took, _, err := b.send(pushOf("linger", 400<<10)); status != http.StatusNoContent || took > 2*time.Minute || err != nil {
					t.Errorf("a call that takes a minute: %d after %v, %v; want 204 within two", status, took, err)
				}
			})
		}
		synctest.Wait()
		for _, n := range []int{10, 30_000, 100_000, 190_000} {
			b.call("beside 64 of 400 KiB that take a minute", n)
		}
		wg.Wait()
	})
}

// A call waits for memory until the platform stops waiting for an answer. Then it is
// answered 503.
func TestServe_givesUp(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bubble) {
		go func() { _, _, _, _ = b.send(pushOf("linger", 900<<10)) }() // all the memory
		synctest.Wait()
		if status, took, _, err := b.send(pushOf("take", 900<<10)); status != http.StatusNoContent || took != time.Minute || err != nil {
			t.Errorf("behind a call of a minute: %d after %v, %v; want 204 after it", status, took, err)
		}
	}, entrypoint.MaxHeld(1<<20))
	inBubble(t, func(t *testing.T, b *bubble) {
		go func() { _, _, _, _ = b.send(pushOf("linger", 900<<10)) }()
		synctest.Wait()
		if status, took, _, err := b.send(pushOf("take", 900<<10)); status != http.StatusServiceUnavailable || took != 20*time.Second || err != nil {
			t.Errorf("where the platform waits for 20s: %d after %v, %v; want it refused then", status, took, err)
		}
		time.Sleep(time.Minute)
	}, entrypoint.MaxHeld(1<<20), entrypoint.Deadline(20*time.Second))
}

// The server does not wait for the body of a health check or of a refused request.
func TestServe_refusals(t *testing.T) {
	t.Parallel()
	const rest = "\r\nHost: x\r\nContent-Length: 100\r\n\r\n{" // and no more
	many := "POST / HTTP/1.1\r\nHost: x\r\n"
	for i := range 300 {
		many += fmt.Sprintf("%03d: x\r\n", i)
	}
	inBubble(t, func(t *testing.T, b *bubble) {
		for text, want := range map[string]int{
			"PUT / HTTP/1.1" + rest:           http.StatusMethodNotAllowed,
			"GET / HTTP/1.1" + rest:           http.StatusMethodNotAllowed,
			"OPTIONS /health HTTP/1.1" + rest: http.StatusMethodNotAllowed,
			"POST / HTTP/1.1" + rest:          http.StatusUnauthorized,
			"GET /health HTTP/1.1" + rest:     http.StatusOK,
			"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{": http.StatusUnauthorized,
			"GET /health HTTP/1.1\r\nHost: x\r\n\r\n":                                http.StatusOK,
			many + "Content-Length: 2\r\n\r\n[":                                      http.StatusRequestHeaderFieldsTooLarge,
		} {
			status, answered, ended, err := b.send(text)
			if status != want || answered > time.Second || ended > 2*time.Second || ended == 0 && answered > 0 || err != nil {
				t.Errorf("%.40q: answered %d after %v, and the connection ended after %v, %v; want %d, and both within two seconds", text, status, answered, ended, err, want)
			}
		}
	}, entrypoint.Authenticate(func(context.Context, string) error { return errors.New("nobody") }))
}

// At the limit, connections with incomplete requests are closed to make room for others.
func TestServe_connections(t *testing.T) {
	t.Parallel()
	const head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
	for name, text := range map[string]string{
		"that send nothing":                "",
		"with half a header":               head,
		"with a body of one byte":          head + "\r\n{",
		"that were answered":               pushOf("take", 1),
		"that were answered, and continue": pushOf("take", 1) + head,
		"whose body is large, and stops":   "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + strings.Repeat(" ", 90_000),
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, b *bubble) {
				for i := range 2500 {
					conn := b.dial()
					defer conn.Close()
					go func() { _, _ = io.Copy(io.Discard, conn) }()
					go func() { _, _ = io.WriteString(conn, text) }()
					if i%500 == 0 {
						synctest.Wait()
						b.call("beside connections "+name, 1000)
					}
				}
				synctest.Wait()
				for range 10 {
					b.call("beside connections "+name, 1000)
				}
			})
		})
	}
}

// At the limit, connections with unread answers are closed to make room for others.
func TestServe_connectionsUnread(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bubble) {
		for i := range 2500 {
			conn := b.dial()
			defer conn.Close()
			go func() { _, _ = io.WriteString(conn, pushOf("nobody", 1)) }()
			if i%500 == 0 {
				synctest.Wait()
				b.call("beside senders that do not read", 1000)
			}
		}
		synctest.Wait()
		b.call("beside senders that do not read", 1000)
	})
}

// An evicted connection counts until its goroutine has ended.
func TestServe_evicted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		connections int
		header      int // bytes
		least, most int64
	}{
		{"large headers", 600, 60_000, 100, 150}, // 16 MiB in memory
		{"small headers", 4000, 10, 2000, 2300},
	} {
		t.Run(test.name, func(t *testing.T) {
			var running, most, cancelled atomic.Int64
			slow := func(ctx context.Context, authorization string) error {
				if authorization != "slow" {
					return nil
				}
				most.Store(max(most.Load(), running.Add(1)))
				defer running.Add(-1)
				select {
				case <-ctx.Done():
					cancelled.Add(1)
					time.Sleep(time.Second)
				case <-time.After(5 * time.Second):
				}
				return errors.New("slow")
			}
			inBubble(t, func(t *testing.T, b *bubble) {
				text := "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nAuthorization: slow\r\nx: " + strings.Repeat("x", test.header) + "\r\n\r\n{"
				for range test.connections {
					conn := b.dial()
					defer conn.Close()
					go func() { _, _ = io.WriteString(conn, text) }() // fails if the connection is evicted
				}
				time.Sleep(500 * time.Millisecond)
				if status, took, _, err := b.send(pushOf("take", 1)); status != http.StatusNoContent || took > 2*time.Second || err != nil {
					t.Errorf("beside %d slow requests, a call: answered %d after %v, %v; want 204 within 2 s", test.connections, status, took, err)
				}
				if n := most.Load(); n < test.least || n > test.most {
					t.Errorf("%d slow requests at a time, want %d to %d", n, test.least, test.most)
				}
				if cancelled.Load() == 0 {
					t.Error("no context of a request was done, want one for each connection that was closed")
				}
				time.Sleep(time.Minute) // until all have ended
			}, entrypoint.Authenticate(slow))
		})
	}
}

// A connection that waits for memory is not evicted while others are silent.
func TestServe_connectionsWait(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bubble) {
		var wg sync.WaitGroup
		for range 3 { // one runs; the others wait for its memory, arrived or not
			wg.Go(func() {
				if status, took, _, err := b.send(pushOf("linger", 900<<10)); status != http.StatusNoContent || err != nil {
					t.Errorf("a call that waits: %d after %v, %v; want 204", status, took, err)
				}
			})
		}
		time.Sleep(time.Second) // they are silent for longer than the others
		var conns []net.Conn
		for range 3000 {
			conn := b.dial()
			conns = append(conns, conn)
			go func() { _, _ = io.WriteString(conn, "POST") }()
		}
		wg.Wait()
		for _, c := range conns {
			c.Close()
		}
	}, entrypoint.MaxHeld(1<<20))
}

// A connection with a running call is never evicted.
func TestServe_connectionsRun(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bubble) {
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if status, took, _, err := b.send(pushOf("linger", 10)); status != http.StatusNoContent || took != time.Minute || err != nil {
					t.Errorf("a call that takes a minute: %d after %v, %v; want 204", status, took, err)
				}
			})
		}
		synctest.Wait()
		var conns []net.Conn
		for range 3000 {
			conn := b.dial()
			conns = append(conns, conn)
			go func() { _, _ = io.WriteString(conn, "POST") }()
		}
		wg.Wait()
		for _, c := range conns {
			c.Close()
		}
	})
}

// Functions that are still running after their answer do not keep new connections out.
func TestServe_connectionsAbandoned(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bubble) {
		for range 300 {
			conn := b.dial()
			defer conn.Close()
			go func() { _, _ = io.WriteString(conn, pushOf("hang", 1)) }()
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil || resp.StatusCode != http.StatusInternalServerError {
				t.Fatalf("a function that hangs: answered %v, %v; want 500", resp, err)
			}
		}
		start := time.Now()
		for i := range 2500 {
			conn := b.dial()
			defer conn.Close()
			go func() { _, _ = io.Copy(io.Discard, conn) }()
			go func() { _, _ = io.WriteString(conn, "POST") }()
			if i%500 == 0 {
				synctest.Wait()
			}
		}
		synctest.Wait()
		b.call("beside functions that hang", 10)
		if took := time.Since(start); took > 0 {
			t.Errorf("2,500 connections were accepted after %v, want at once", took)
		}
		time.Sleep(2 * time.Hour) // until they have ended
	}, entrypoint.Timeout(10*time.Millisecond))
}
