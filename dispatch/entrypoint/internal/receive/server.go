package receive

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"math"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// A Server is an [http.Server] that unauthenticated senders cannot block. It limits the
// number of connections and the memory of headers. At a limit, it closes a connection
// whose request has not arrived: the one that has been silent for the longest, or the one
// with the largest header.
type Server struct {
	http.Server
	Connections int // the limit

	headers atomic.Int64 // the memory of headers, in bytes

	mu      sync.Mutex
	free    sync.Cond // uses mu; signals that there may be one more connection
	conns   map[*conn]bool
	evicted map[*conn]bool // closed, but their goroutines are still running
	closed  chan struct{}  // is closed when the listener is
}

// maxHeaders limits the memory of the headers of all connections until their requests are
// parsed, in bytes. At the limit, headers that take no more than their share, as many as
// there are connections, are still read: together they may take as much again.
const maxHeaders = 16 << 20

// The estimated memory of a header, in bytes for each byte and each line of it. In the
// worst case, 64 KiB of lines with six bytes, a header was measured to take 1.2 MiB.
const (
	byteCost = 2
	lineCost = 128
)

// Serve is like [http.Server.Serve], with the limits of s. It sets ConnContext and
// ConnState.
func (s *Server) Serve(l net.Listener) error {
	s.conns, s.evicted, s.free.L = make(map[*conn]bool), make(map[*conn]bool), &s.mu
	s.closed = make(chan struct{})
	s.ConnContext = func(ctx context.Context, nc net.Conn) context.Context {
		c := nc.(*conn)
		ctx, cancel := context.WithCancel(context.WithValue(ctx, connKey{}, c))
		s.mu.Lock()
		defer s.mu.Unlock()
		c.done, c.cancel = ctx.Done(), cancel
		return ctx
	}
	s.ConnState = func(nc net.Conn, state http.ConnState) {
		switch c := nc.(*conn); state {
		case http.StateIdle:
			c.idle()
		case http.StateClosed, http.StateHijacked:
			s.remove(c)
		}
	}
	return s.Server.Serve(&listener{Listener: l, server: s})
}

// A listener counts the connections of a server.
type listener struct {
	net.Listener
	server *Server
	once   sync.Once
}

// Accept returns the next connection, once the limit allows one more.
func (l *listener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: nc, server: l.server, ended: make(chan struct{})}
	c.lastActive.Store(time.Now().UnixNano())
	if !l.server.add(c) {
		return nil, errors.Join(net.ErrClosed, nc.Close())
	}
	return c, nil
}

func (l *listener) Close() error {
	l.once.Do(func() {
		l.server.mu.Lock()
		defer l.server.mu.Unlock()
		close(l.server.closed)
		l.server.free.Broadcast()
	})
	return l.Listener.Close()
}

// add waits until there may be one more connection, and adds c. It returns false if the
// listener is closed.
func (s *Server) add(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.isClosed() && (len(s.conns) >= s.Connections && s.evict((*conn).silence) == nil || len(s.evicted) > s.Connections/8) {
		s.free.Wait()
	}
	if s.isClosed() {
		return false
	}
	s.conns[c] = true
	return true
}

// isClosed reports whether the listener is closed.
func (s *Server) isClosed() bool {
	select {
	case <-s.closed:
		return true
	default:
		return false
	}
}

// evict closes the connection with the largest weight and returns it. If all weights are
// 0, it closes none and returns nil.
func (s *Server) evict(weight func(*conn) int64) *conn {
	var worst *conn
	var most int64
	for c := range s.conns {
		if w := weight(c); w > most {
			worst, most = c, w
		}
	}
	if worst == nil {
		return nil
	}
	delete(s.conns, worst)
	if worst.headerCost.Load() > 0 || worst.state.Load() != writingAnswer {
		s.evicted[worst] = true // a function that is still running after its answer does not count
	}
	_ = worst.Conn.Close() // ends its goroutine, if that is reading or writing
	worst.cancel()         // ends its handler
	return worst
}

// remove removes c after its goroutine has ended.
func (s *Server) remove(c *conn) {
	c.releaseHeader()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	delete(s.evicted, c)
	close(c.ended)
	c.cancel()
	s.free.Signal()
}

// makeRoom evicts the connections with the largest headers while headers take more
// memory than they may. If the header of c takes more than its share, makeRoom waits
// until the goroutines of evicted connections have released theirs. It returns an error
// if c itself was evicted, or waited too long.
func (s *Server) makeRoom(c *conn) error {
	for s.headers.Load() > maxHeaders {
		e := s.evictHeader()
		if e == nil || c.size() <= int64(maxHeaders/s.Connections) {
			return nil
		}
		select {
		case <-e.ended:
		case <-c.done:
			return net.ErrClosed
		case <-s.closed:
			return net.ErrClosed
		case <-time.After(cmp.Or(s.ReadHeaderTimeout, requestTimeout)): // a handler ignores that its context is done
			return os.ErrDeadlineExceeded
		}
	}
	return nil
}

// evictHeader returns an evicted connection whose memory will be released. It evicts one
// more connection only if the connections evicted before do not release enough.
func (s *Server) evictHeader() *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := s.headers.Load()
	var last *conn
	for e := range s.evicted {
		if n := e.size(); n > 0 {
			left, last = left-n, e
		}
	}
	if last != nil && left <= maxHeaders {
		return last
	}
	return s.evict((*conn).size)
}

// The states of a connection.
const (
	readingHeader    = iota // also while no request has begun
	readingBody             // the header is complete
	waitingForMemory        // the body is incomplete, and waits for memory
	handling                // the whole request has arrived
	writingAnswer           // the sender should read the answer
)

// A conn is one connection.
type conn struct {
	net.Conn
	server     *Server
	done       <-chan struct{} // is closed when c is evicted or removed
	cancel     context.CancelFunc
	ended      chan struct{} // is closed when the goroutine of c has ended
	lastActive atomic.Int64  // when the sender was last active, in nanoseconds since 1970
	headerCost atomic.Int64  // the memory of the header, in bytes
	state      atomic.Int32
}

type connKey struct{}

// connOf returns the connection of a request. It returns nil if the request came from
// another kind of server. The methods for handlers have no effect on nil.
func connOf(ctx context.Context) *conn {
	c, _ := ctx.Value(connKey{}).(*conn)
	return c
}

// headerRead records that the header has arrived.
func (c *conn) headerRead() {
	if c != nil {
		c.state.Store(readingBody)
	}
}

// setWaiting records whether the body waits for memory.
func (c *conn) setWaiting(waiting bool) {
	switch {
	case c == nil:
	case waiting:
		c.state.CompareAndSwap(readingBody, waitingForMemory)
	default:
		c.lastActive.Store(time.Now().UnixNano())
		c.state.CompareAndSwap(waitingForMemory, readingBody)
	}
}

// requestRead records that the whole request has arrived.
func (c *conn) requestRead() {
	if c == nil {
		return
	}
	c.server.mu.Lock() // evict must not close c meanwhile
	defer c.server.mu.Unlock()
	delete(c.server.evicted, c) // if it was closed just now: its function may run for long
	c.state.Store(handling)
}

// answering records that the answer is being written.
func (c *conn) answering() {
	if c != nil {
		c.lastActive.Store(time.Now().UnixNano())
		c.state.Store(writingAnswer)
	}
}

// idle records that the next request may arrive.
func (c *conn) idle() {
	c.releaseHeader()
	c.lastActive.Store(time.Now().UnixNano())
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.state.Store(readingHeader)
	c.server.free.Signal()
}

// silence is a weight for evict. It grows with the time since the sender was last active.
// A connection that waits for the callee's memory weighs less than one that waits for its
// sender.
func (c *conn) silence() int64 {
	const waitingShift = 32
	switch since := math.MaxInt64 - c.lastActive.Load(); c.state.Load() {
	case handling:
		return 0
	case waitingForMemory:
		return since >> waitingShift
	default:
		return since
	}
}

// size is a weight for evict: the memory of the header, or 0 if the whole request has
// arrived.
func (c *conn) size() int64 {
	if c.state.Load() == handling {
		return 0
	}
	return c.headerCost.Load()
}

// Read counts the memory of the header. If all headers together take too much, it evicts
// the connections with the largest headers.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n == 0 {
		return n, err
	}
	state := c.state.Load()
	if state == handling || state == writingAnswer {
		return n, err
	}
	c.lastActive.Store(time.Now().UnixNano())
	if state != readingHeader {
		return n, err
	}
	cost := int64(n*byteCost + bytes.Count(p[:n], []byte{'\n'})*lineCost)
	c.headerCost.Add(cost)
	if c.server.headers.Add(cost) <= maxHeaders {
		return n, err
	}
	if closed := c.server.makeRoom(c); closed != nil {
		return 0, closed
	}
	return n, err
}

// releaseHeader records that the header takes no memory any more.
func (c *conn) releaseHeader() {
	if c != nil {
		c.server.headers.Add(-c.headerCost.Swap(0))
	}
}

// CloseWrite calls CloseWrite of a TCP connection. [http.Server] uses it before it closes
// a connection.
func (c *conn) CloseWrite() error {
	if cw, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return cw.CloseWrite()
	}
	return nil
}
