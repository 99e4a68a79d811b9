package dev

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"time"
)

// A process is a program that runs in a process group of its own: a Ctrl-C at
// the terminal reaches us alone, and we end it.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // how it ended; read after done
	once sync.Once
}

// start starts a program. With stdin, it reads ours.
func start(path string, args, env []string, stdout, stderr io.Writer, stdin bool) (*process, error) {
	p := &process{cmd: exec.Command(path, args...), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = stdout, stderr
	if stdin {
		p.cmd.Stdin = os.Stdin
	}
	p.cmd.WaitDelay = time.Second // for pipes that its children hold
	ownGroup(p.cmd)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// stop ends the process, kindly at first, and returns when it has ended.
func (p *process) stop() {
	p.once.Do(func() {
		if isClosed(p.done) {
			return
		}
		terminate(p.cmd)
		select {
		case <-p.done:
		case <-time.After(grace):
		}
		kill(p.cmd)
	})
	<-p.done
}

// A callee keeps the callee's program running, on one address: a program that
// dies is started again, as the platform does it.
type callee struct {
	url    string
	client *http.Client
	failed chan struct{} // closed when it does not stay up
	err    error         // why; read after failed

	cancel context.CancelFunc
	ended  chan struct{}
}

// maxRestarts is how often the callee may die before dev gives up.
const maxRestarts = 20

func startCallee(ctx context.Context, path, target string, env []string, con *console) (*callee, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c := &callee{
		url:    "http://127.0.0.1:" + port + "/",
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: maxConcurrency}},
		failed: make(chan struct{}),
		cancel: cancel,
		ended:  make(chan struct{}),
	}
	env = append(env, "FUNCTION_TARGET="+target, "HOST=127.0.0.1", "PORT="+port)
	out := &prefixer{console: con, prefix: "callee: "}
	up := make(chan error, 1)
	go c.keep(ctx, func() (*process, error) { return start(path, nil, env, out, out, false) }, up, con)
	if err := <-up; err != nil {
		cancel()
		<-c.ended
		return nil, fmt.Errorf("start the callee: %w", err)
	}
	return c, nil
}

// keep runs the callee until ctx is done. It tells up of the first start.
func (c *callee) keep(ctx context.Context, start func() (*process, error), up chan<- error, con *console) {
	defer close(c.ended)
	for n := 0; ; n++ {
		p, err := start()
		if err == nil {
			if err = c.await(ctx, p); err != nil {
				p.stop()
			}
		}
		if n == 0 {
			up <- err
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
		con.line(fmt.Sprintf("the callee died (%v) and is started again", p.err))
	}
}

// await returns when p accepts connections.
func (c *callee) await(ctx context.Context, p *process) error {
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
			return errors.New("it ended at once")
		case <-ctx.Done():
			return errStopped
		}
	}
}

func (c *callee) stop() {
	c.cancel()
	<-c.ended
	c.client.CloseIdleConnections()
}

// freePort returns a port that nobody listened on a moment ago: the functions
// framework takes a port only, and does not tell which it got.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}
