package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A row describes calls of one size, sent over some connections at a time.
type row struct {
	connections int
	size        int // of a call's JSON, in bytes
	calls       int
}

func (r row) String() string { return fmt.Sprintf("%2d × %s", r.connections, bytesText(r.size)) }

// bytesText returns n bytes in a readable unit.
func bytesText(n int) string {
	switch {
	case n >= 1_000_000:
		return fmt.Sprintf("%3.1f MB", float64(n)/1e6)
	case n >= 1000:
		return fmt.Sprintf("%3d KB", n/1000)
	}
	return fmt.Sprintf("%3d B ", n)
}

// pushOf returns a request of Pub/Sub that pushes a call of about n bytes.
func pushOf(n int) []byte {
	text := ""
	if n > 100 {
		text = strings.Repeat("0123456789", (n-20)/10)
	}
	args, err := json.Marshal([]any{"a.jpg", 320, text})
	if err != nil {
		panic(err) // texts and a number can be encoded
	}
	body, err := json.Marshal(map[string]any{"subscription": "projects/p/subscriptions/s", "message": map[string]any{
		"messageId": "1", "publishTime": "2026-01-02T03:04:05.678Z", "data": args,
		"attributes": map[string]string{"ce-specversion": "1.0", "ce-type": "dev.cloudfunctions.dispatch.call.v1", "ce-id": "a-call-of-the-benchmark", "ce-source": "bench", "ce-subject": "take"},
	}})
	if err != nil {
		panic(err)
	}
	head := fmt.Sprintf("POST / HTTP/1.1\r\nHost: callee\r\nUser-Agent: APIs-Google\r\nAccept: application/json\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", len(body))
	return append([]byte(head), body...)
}

// A result describes the outcome of a row.
type result struct {
	answered int     // number of calls answered 204
	other    string  // the last other status, or error
	rate     float64 // calls per second
}

// run sends the calls of r to addr and returns when all are done.
func (r row) run(addr string) result {
	request := pushOf(r.size)
	var next, answered atomic.Int64
	var other atomic.Value
	var wg sync.WaitGroup
	start := time.Now()
	for range r.connections {
		wg.Go(func() {
			var c sender = new(conn)
			if client == "http" {
				c = web{}
			}
			defer c.close()
			for next.Add(1) <= int64(r.calls) {
				switch status, err := c.send(addr, request); {
				case err != nil:
					other.Store(err.Error())
				case status != http.StatusNoContent:
					other.Store(fmt.Sprint(status))
				default:
					answered.Add(1)
				}
			}
		})
	}
	wg.Wait()
	text, _ := other.Load().(string)
	return result{int(answered.Load()), text, float64(answered.Load()) / time.Since(start).Seconds()}
}

// A sender sends requests, one after another.
type sender interface {
	send(addr string, request []byte) (status int, err error)
	close()
}

// A web sends requests with a net/http client, which reuses its connections.
type web struct{}

var pool = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

func (web) close() {}

func (web) send(addr string, request []byte) (status int, err error) {
	_, body, _ := bytes.Cut(request, []byte("\r\n\r\n"))
	resp, err := pool.Post("http://"+addr, "application/json", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

// A conn is one connection. If it is closed, it is dialed again.
type conn struct {
	net.Conn
	r *bufio.Reader
}

func (c *conn) close() {
	if c.Conn != nil {
		c.Conn.Close()
		c.Conn = nil
	}
}

func (c *conn) send(addr string, request []byte) (status int, err error) {
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	if c.Conn == nil {
		if c.Conn, err = net.Dial("tcp", addr); err != nil {
			return 0, err
		}
		c.r = bufio.NewReader(c.Conn)
	}
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	if _, err := c.Write(request); err != nil {
		return 0, err
	}
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	if resp.Close && err == nil {
		err = errors.New("the connection was closed")
	}
	return resp.StatusCode, err
}
