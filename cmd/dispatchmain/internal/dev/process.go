package dev

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"time"
)

// A process is a program that this one started. Most are in their own process group:
// Ctrl-C at the terminal reaches only dispatchmain, which then ends the program.
type process struct {
	scope *Scope
	cmd   *exec.Cmd
	done  chan struct{} // closed when it has ended
	err   error         // how it ended; read after done
	once  sync.Once
}

// startCaller starts the caller, which reads our standard input. On a terminal it is in
// our process group: only the foreground group may read, and Ctrl-C and Ctrl-Z must
// reach it.
func (s *Scope) startCaller(path string, args, env []string, con *console) (*process, error) {
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin = os.Stdin
	cmd.Stdout, cmd.Stderr = con.callerWriters()
	if !s.terminal {
		ownGroup(cmd)
	}
	con.callerStarts()
	return s.run(cmd, func() { con.callerEnded(cmd.Stdout, cmd.Stderr) })
}

// run starts cmd. It calls ended when cmd has ended and all its output was read.
func (s *Scope) run(cmd *exec.Cmd, ended func()) (*process, error) {
	p := &process{scope: s, cmd: cmd, done: make(chan struct{})}
	cmd.WaitDelay = time.Second // its children may keep the pipes open
	if err := s.launch(cmd); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.done)
		if p.err = cmd.Wait(); errors.Is(p.err, exec.ErrWaitDelay) {
			p.err = nil // only a child is still there
		}
		s.ended(cmd)
		ended()
	}()
	return p, nil
}

// stop asks the process to exit, kills it after the scope's grace, and returns when it has
// ended. If it has a process group of its own, the group is killed.
func (p *process) stop() {
	p.once.Do(func() {
		if isClosed(p.done) {
			return
		}
		terminate(p.cmd)
		select {
		case <-p.done:
			if !hasGroup(p.cmd) {
				return // its process ID may be another's by now
			}
		case <-time.After(time.Duration(p.scope.grace.Load())):
		}
		kill(p.cmd)
	})
	<-p.done
}

// terminalPatience is the time that the caller has to exit after Ctrl-C, before it gets a
// second signal. Many programs take that for impatience, and exit at once.
const terminalPatience = time.Second

// stopAfter is like stop, after the signal sig. The terminal has sent a Ctrl-C to the
// whole process group, and so to a caller that is in it.
func (p *process) stopAfter(sig os.Signal) {
	if sig == os.Interrupt && p.scope.terminal {
		select {
		case <-p.done:
		case <-time.After(terminalPatience):
		}
	}
	p.stop()
}

// A callee keeps the callee's program running at one address. If the program dies,
// it is started again, as on the platform.
type callee struct {
	url    string
	client *http.Client
	failed chan struct{} // closed when dev gives up on it
	err    error         // why; read after failed

	cancel context.CancelFunc
	ended  chan struct{}
}

// maxRestarts is the number of times that the callee is started again before dev
// gives up.
const maxRestarts = 20

// startCallee starts the callee and returns when it accepts connections.
func startCallee(ctx context.Context, scope *Scope, path, target string, env []string, con *console) (*callee, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c := &callee{
		url:    "http://127.0.0.1:" + port + "/",
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: maxConcurrency}},
		failed: make(chan struct{}),
		cancel: cancel,
		ended:  make(chan struct{}),
	}
	env = append(env, "FUNCTION_TARGET="+target, "HOST=127.0.0.1", "PORT="+port)
	firstStart := make(chan error, 1)
	go c.keepRunning(running, func() (*process, error) {
		out, cmd := con.calleeWriter(), exec.Command(path)
		cmd.Env = append(os.Environ(), env...)
		cmd.Stdout, cmd.Stderr = out, out
		ownGroup(cmd)
		return scope.run(cmd, out.close)
	}, firstStart, con)
	select {
	case err = <-firstStart:
	case <-ctx.Done():
		err = errStopped
	}
	if err != nil {
		c.stop()
		return nil, fmt.Errorf("start the callee: %w", err)
	}
	return c, nil
}

// keepRunning runs the callee until ctx is done or it gives up. It sends the result
// of the first start to firstStart.
func (c *callee) keepRunning(ctx context.Context, startProgram func() (*process, error), firstStart chan<- error, con *console) {
	defer close(c.ended)
	for n := 0; ; n++ {
		p, err := startProgram()
		if err == nil {
			if err = c.awaitReady(ctx, p); err != nil {
				p.stop()
			}
		}
		if n == 0 {
			firstStart <- err
			if err != nil {
				return
			}
		}
		if err != nil {
			c.err = err
			close(c.failed)
			return
		}
		select {
		case <-ctx.Done():
			p.stop()
			return
		case <-p.done:
		}
		if n == maxRestarts {
			c.err = p.err
			close(c.failed)
			return
		}
		con.printLine(fmt.Sprintf("the callee died (%v), starting it again", p.err))
	}
}

// awaitReady returns when p accepts connections. It returns an error if p or ctx ends
// before that.
func (c *callee) awaitReady(ctx context.Context, p *process) error {
	addr := c.url[len("http://") : len(c.url)-1]
	for {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-p.done:
			if p.err != nil {
				return p.err
			}
			return errors.New("it exited at once")
		case <-ctx.Done():
			return errStopped
		}
	}
}

// stop ends the callee and returns when it has ended.
func (c *callee) stop() {
	c.cancel()
	<-c.ended
	c.client.CloseIdleConnections()
}

// freePort returns a port that was free a moment ago. The functions framework needs
// a port number: with 0, it would not report the port that it got.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}
