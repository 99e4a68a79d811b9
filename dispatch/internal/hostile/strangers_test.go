//go:build unix

package hostile_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/hostile/target"
	"github.com/cloud-functions-dispatch/go/dispatch/secure"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/internal/property"
)

// plainRequest returns a signed request for a call of fn with the unchanged arguments
// args.
func (v *victim) plainRequest(fn string, args []byte) request {
	v.t.Helper()
	m := publish(v.t, func(ctx context.Context) error { return target.Bytes.Call(ctx, nil) }, func(next transport.Publisher) transport.Publisher {
		return func(ctx context.Context, m *transport.Message) error {
			m.Data, m.Attributes["ce-subject"] = args, fn
			return secure.Sign(v.key)(next)(ctx, m)
		}
	})
	h, body := shapes[0](m, time.Now())
	return request{"plain", h, "POST", func() io.Reader { return bytes.NewReader(body) }, int64(len(body))}
}

// sendMixed sends calls with arguments of the given sizes, in turn over the
// connections, and as many as each over one connection. It checks that all are
// executed.
func (v *victim) sendMixed(connections, each int, sizes ...int) {
	v.t.Helper()
	var requests []request
	for _, n := range sizes {
		args, err := json.Marshal([][]byte{bytes.Repeat([]byte{7}, n*3/4)})
		if err != nil {
			v.t.Fatal(err)
		}
		requests = append(requests, v.plainRequest(target.Bytes.Name(), args))
	}
	var wg sync.WaitGroup
	for i := range connections {
		wg.Go(func() {
			for range each {
				if status, _, err := send(v.addr, requests[i%len(requests)]); status != 204 || err != nil {
					v.t.Errorf("%d × %v: status %d, %v; want 204", connections, sizes, status, err)
				}
			}
		})
	}
	wg.Wait()
	v.checkMemory(fmt.Sprintf("after %d × %v bytes", connections, sizes))
}

// TestLarge checks that valid calls are all executed, up to the largest size, and many
// at a time.
func TestLarge(t *testing.T) {
	if !property.Long() {
		t.Skip("sends a gigabyte: run it with -long, as .ci/run does")
	}
	for _, kind := range []string{"push", "cloudevent"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			v := start(t, kind)
			v.waitServing()
			v.sendMixed(64, 4, 100_000)
			v.sendMixed(64, 4, 200_000)
			v.sendMixed(64, 2, 1_000_000)
			v.sendMixed(2, 4, 5_000_000)
			v.sendMixed(2, 3, 9_900_000)
			v.sendMixed(48, 2, 10, 50_000, 100_000, 300_000, 1_000_000, 9_900_000)
		})
	}
}

// TestPush_smallBodies sends many bodies that lack their last byte, beside valid calls.
func TestPush_smallBodies(t *testing.T) {
	if !property.Long() {
		t.Skip("holds 1,900 connections open, as TestPush_connections does: run it with -long, as .ci/run does")
	}
	v := start(t, "push")
	v.waitServing()
	text := "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 32767\r\nx: " + strings.Repeat("x", 6000) + "\r\n\r\n" + strings.Repeat(" ", 32_766)
	for range 1900 {
		conn, err := net.Dial("tcp", v.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		go func() { _, _ = io.WriteString(conn, text) }() // until the server closes it
	}
	v.sendMixed(48, 2, 10, 50_000, 100_000, 300_000, 1_000_000, 9_900_000)
}

// TestPush_answers checks that senders that read no response do not keep others out.
func TestPush_answers(t *testing.T) {
	v := start(t, "push")
	_, ready := v.waitServing()
	m := publish(t, target.Wait.Call)
	m.Attributes["ce-subject"] = "example.com/nobody." + strings.Repeat("x", 900)
	h, body := shapes[0](m, time.Now())
	var one bytes.Buffer
	fmt.Fprintf(&one, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", h.Get("Content-Type"), len(body), body)
	pipeline := bytes.Repeat(one.Bytes(), 100)
	for range 2000 {
		conn, err := net.Dial("tcp", v.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		go func() { _, _ = conn.Write(pipeline) }() // until the server closes it
	}
	if status, _, err := send(v.addr, ready); status != 204 {
		t.Errorf("beside 2,000 senders who read nothing, a good call: %d, %v", status, err)
	}
	v.checkMemory("after 2,000 senders who read nothing")
}

// TestPush_connections checks that idle connections, and large headers of tiny lines,
// neither keep others out nor fill the memory.
func TestPush_connections(t *testing.T) {
	v := start(t, "push")
	_, ready := v.waitServing()
	const post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
	lines := strings.Repeat("aaa:\r\n", 10_000)
	distinct := new(strings.Builder)
	for i := range 9_000 {
		fmt.Fprintf(distinct, "%03x:\r\n", i)
	}
	for name, text := range map[string]string{
		"one probe":                       "GET /health HTTP/1.1\r\nHost: x\r\n\r\n",
		"one PUT":                         "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
		"one byte of a body":              post + "\r\n{",
		"nothing":                         "",
		"tiny lines without end":          post + lines,
		"tiny lines":                      post + lines + "\r\n{",
		"distinct lines without end":      post + distinct.String(),
		"distinct lines":                  post + distinct.String() + "\r\n{",
		"a long line":                     post + "x: " + strings.Repeat("x", 60_000),
		"a long line, and a body's begin": post + "x: " + strings.Repeat("x", 60_000) + "\r\n\r\n{",
	} {
		var conns []net.Conn
		var wg sync.WaitGroup
		for range 2000 {
			conn, err := net.Dial("tcp", v.addr)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			conns = append(conns, conn)
			_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
			wg.Go(func() { _, _ = io.WriteString(conn, text) }) // the server may close it for another
		}
		wg.Wait()
		start := time.Now()
		if status, _, err := send(v.addr, ready); status != 204 {
			t.Errorf("beside 2,000 connections with %s, a good call: %d, %v", name, status, err)
		}
		t.Logf("beside 2,000 connections with %s: a good call took %v", name, time.Since(start).Round(time.Millisecond))
		for _, c := range conns {
			c.Close()
		}
		v.checkMemory("after 2,000 connections with " + name)
	}
}

// TestDigits checks that an error keeps only a small part of its input.
func TestDigits(t *testing.T) {
	if !property.Long() {
		t.Skip("TestPush has floods too: run it with -long, as .ci/run does")
	}
	for _, kind := range []string{"push", "cloudevent"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			v := start(t, kind)
			_, ready := v.waitServing()
			z, err := zstd.NewWriter(nil)
			if err != nil {
				t.Fatal(err)
			}
			const digits = 16<<20 - 100
			for _, args := range []string{
				`[{"a":` + strings.Repeat("9", digits) + `}]`,
				`[{"a":"` + strings.Repeat("9", digits) + `"`,
				`[{"a":[` + strings.Repeat("9", digits/2) + `,"x` + strings.Repeat("9", digits/2-10) + `]}]`,
			} {
				m := publish(t, target.Wait.Call)
				m.Data, m.Attributes["ce-subject"], m.Attributes["ce-dataencoding"] = z.EncodeAll([]byte(args), nil), target.Proto.Name(), "zstd"
				h, body := shapes[0](m, time.Now())
				bad := request{"digits", h, "POST", func() io.Reader { return bytes.NewReader(body) }, int64(len(body))}
				var wg sync.WaitGroup
				for range 32 {
					wg.Go(func() {
						if status, _, err := send(v.addr, bad); err != nil || status/100 == 2 {
							t.Errorf("status %d, %v; want a failure", status, err)
						}
					})
				}
				wg.Wait()
			}
			if status, _, err := send(v.addr, ready); status != 204 {
				t.Errorf("after the digits, a good call: %d, %v", status, err)
			}
			v.checkMemory("after numbers of 16 MiB on 32 connections")
		})
	}
}
