package receive

import (
	"bytes"
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

// A Server is an [http.Server] that strangers cannot occupy. It has a limit of
// connections, and one of the memory that headers take. At a limit, connections whose
// requests have not arrived are closed to make room: the one that has been silent for
// the longest, or that has the largest header.
type Server struct {
	http.Server
	Connections int // at most

	headers atomic.Int64 // bytes of memory that they take

	mu      sync.Mutex
	free    sync.Cond // of mu: there may be one more connection
	conns   map[*conn]bool
	evicted map[*conn]bool // closed, but their goroutines have not ended
	closed  bool
}

// maxHeaders is how many bytes of memory headers may take, over all connections,
// until their requests are parsed.
const maxHeaders = 16 << 20

// An estimate of the memory that a header takes, in bytes for each of its bytes and
// lines: 64 KiB of lines with six bytes, which is the worst, were measured to take
// 1.2 MiB.
const (
	byteCost = 2
	lineCost = 128
)

// Serve is [http.Server.Serve] within the limits. It sets the server's ConnContext and
// ConnState.
func (s *Server) Serve(l net.Listener) error {
	s.conns, s.evicted, s.free.L = make(map[*conn]bool), make(map[*conn]bool), &s.mu
	s.ConnContext = func(ctx context.Context, nc net.Conn) context.Context {
		c := nc.(*conn)
		ctx, cancel := context.WithCancel(context.WithValue(ctx, connKey{}, c))
		s.mu.Lock()
		defer s.mu.Unlock()
		c.gone, c.cancel = ctx.Done(), cancel
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
	return s.Server.Serve(&listener{l, s})
}

type listener struct {
	net.Listener
	server *Server
}

// Accept returns the next connection, when there may be one more.
func (l *listener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: nc, server: l.server, ended: make(chan struct{})}
	c.moved.Store(time.Now().UnixNano())
	if !l.server.add(c) {
		return nil, errors.Join(net.ErrClosed, nc.Close())
	}
	return c, nil
}

func (l *listener) Close() error {
	l.server.mu.Lock()
	l.server.closed = true
	l.server.free.Broadcast()
	l.server.mu.Unlock()
	return l.Listener.Close()
}

// add waits until there may be one more connection, and reports false once the
// listener is closed.
func (s *Server) add(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.closed && (len(s.conns) >= s.Connections && s.evict((*conn).silence) == nil || len(s.evicted) > s.Connections/8) {
		s.free.Wait()
	}
	if s.closed {
		return false
	}
	s.conns[c] = true
	return true
}

// evict closes the connection with the largest weight, if one has more than 0, and
// returns it.
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
	s.evicted[worst] = true
	_ = worst.Conn.Close() // which its goroutine sees
	worst.cancel()         // which its handler sees
	return worst
}

func (s *Server) remove(c *conn) {
	c.uncount()
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
		case <-c.gone:
			return net.ErrClosed
		case <-time.After(arrival): // where a handler does not heed that its context is done
			return os.ErrDeadlineExceeded
		}
	}
	return nil
}

// evictHeader returns a connection that is evicted, another one if the headers of
// those that are make too little room.
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
	heading  = iota // its next request has not begun, or its header has not come to an end
	arriving        // the body has not
	waiting         // for memory
	running         // its request has arrived
	answers         // its sender is to read the answer
)

// A conn is one connection.
type conn struct {
	net.Conn
	server *Server
	gone   <-chan struct{} // is closed when c is evicted
	cancel context.CancelFunc
	ended  chan struct{} // is closed when the goroutine of c has ended
	moved  atomic.Int64  // when bytes came last, in nanoseconds since 1970
	cost   atomic.Int64  // of the header
	state  atomic.Int32
}

type connKey struct{}

// connOf returns the connection of a request, or nil if the server is another one's,
// on which the methods for handlers have no effect.
func connOf(ctx context.Context) *conn {
	c, _ := ctx.Value(connKey{}).(*conn)
	return c
}

// begin says that the header has come.
func (c *conn) begin() {
	if c != nil {
		c.state.Store(arriving)
	}
}

// wait says that a body waits for memory, or does not any more.
func (c *conn) wait(waits bool) {
	switch {
	case c == nil:
	case waits:
		c.state.CompareAndSwap(arriving, waiting)
	default:
		c.moved.Store(time.Now().UnixNano())
		c.state.CompareAndSwap(waiting, arriving)
	}
}

// arrive says that the whole request has come.
func (c *conn) arrive() {
	if c == nil {
		return
	}
	c.server.mu.Lock() // which evict has
	defer c.server.mu.Unlock()
	c.state.Store(running)
}

// answer says that the answer is being written.
func (c *conn) answer() {
	if c != nil {
		c.moved.Store(time.Now().UnixNano())
		c.state.Store(answers)
	}
}

// idle says that the next request may come.
func (c *conn) idle() {
	c.uncount()
	c.moved.Store(time.Now().UnixNano())
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.state.Store(heading)
	c.server.free.Signal()
}

// silence is a weight: how long nothing has come of a request. One that waits for the
// callee weighs less than one whose sender the callee waits for.
func (c *conn) silence() int64 {
	const less = 32 // bits
	switch since := math.MaxInt64 - c.moved.Load(); c.state.Load() {
	case running:
		return 0
	case waiting:
		return since >> less
	default:
		return since
	}
}

// size is a weight: the memory of a header whose request has not arrived.
func (c *conn) size() int64 {
	if c.state.Load() == running {
		return 0
	}
	return c.cost.Load()
}

// Read counts the memory of headers. Where it is too much, the largest give way.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n == 0 {
		return n, err
	}
	state := c.state.Load()
	if state == running || state == answers {
		return n, err
	}
	c.moved.Store(time.Now().UnixNano())
	if state != heading {
		return n, err
	}
	cost := int64(n*byteCost + bytes.Count(p[:n], []byte{'\n'})*lineCost)
	c.cost.Add(cost)
	if c.server.headers.Add(cost) <= maxHeaders {
		return n, err
	}
	if closed := c.server.makeRoom(c); closed != nil {
		return 0, closed
	}
	return n, err
}

// uncount says that nothing of the header is left.
func (c *conn) uncount() {
	if c != nil {
		c.server.headers.Add(-c.cost.Swap(0))
	}
}

// CloseWrite is that of a TCP connection, which the server uses for its last answer.
func (c *conn) CloseWrite() error {
	if cw, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return cw.CloseWrite()
	}
	return nil
}
