//go:build unix

package hostile_test

import (
	"bytes"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/hostile/target"
	"github.com/cloud-functions-dispatch/go/internal/property"
)

// TestPush_headers checks that requests with large headers and no body are refused, and
// do not fill the memory.
func TestPush_headers(t *testing.T) {
	v := start(t, "push")
	_, ready := v.waitServing()
	head := "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nX: " + strings.Repeat("x", 900<<10) + "\r\n\r\n"
	var wg sync.WaitGroup
	for range 400 {
		wg.Go(func() {
			conn, err := net.Dial("tcp", v.addr)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(5 * time.Second)) // ends a connection that the server keeps open
			_, _ = io.WriteString(conn, head)                     // an error if the server refuses it before it is sent
			_, _ = io.Copy(io.Discard, conn)
		})
	}
	wg.Wait()
	if status, _, err := send(v.addr, ready); status != 204 {
		t.Errorf("after the headers, a good call: %d, %v", status, err)
	}
	v.checkMemory("after 400 connections with 900 KiB of headers")
}

// TestAttributes checks that the memory for attributes, too, is limited while calls
// run.
func TestAttributes(t *testing.T) {
	if !property.Long() {
		t.Skip("sends 700 MB: run it with -long, as .ci/run does")
	}
	for _, kind := range []string{"push", "cloudevent"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			v := start(t, kind)
			_, ready := v.waitServing()
			m := publish(t, target.Wait.Call)
			m.Attributes["extra"] = strings.Repeat("x", 14<<20)
			h, body := shapes[0](m, time.Now())
			flood := request{"flood", h, "POST", func() io.Reader { return bytes.NewReader(body) }, int64(len(body))}
			var wg sync.WaitGroup
			tick := time.NewTicker(100 * time.Millisecond) // so that requests arrive while others run
			defer tick.Stop()
			for range 25 {
				<-tick.C
				wg.Go(func() {
					if status, _, err := send(v.addr, flood); err == nil && status != 204 && status != 503 {
						t.Errorf("status %d, want 204 or 503", status)
					}
				})
			}
			wg.Wait()
			if status, _, err := send(v.addr, ready); status != 204 {
				t.Errorf("after the attributes, a good call: %d, %v", status, err)
			}
			v.checkMemory("after 25 calls with 14 MiB of attributes")
		})
	}
}
