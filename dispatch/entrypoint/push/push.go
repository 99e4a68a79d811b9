// Package push is the entrypoint for HTTP. It executes the calls that a push subscription
// of Pub/Sub delivers, wrapped or unwrapped (with metadata). It also executes calls that
// are posted as CloudEvents in binary mode, as docs/wire.md describes. It runs on Cloud
// Run and on any machine.
//
// It accepts every request that reaches it. Deploy it so that only the subscription's
// service account can invoke it, or pass an option of package oidc.
package push

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/internal/receive"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
)

// NewHandler returns a handler that executes the call in each request, with the functions
// that are registered in this process. It answers 204 if and only if the call was executed
// or its message was parked in a dead-letter sink. After any other answer Pub/Sub delivers
// the message again. The handler accepts bodies of up to 16 MiB, or
// [entrypoint.MaxBody]. Your server must limit headers and connections itself; the server
// of [Run] does.
//
// After reading a request, the handler empties its header, to free memory while the
// function runs. If your HTTP middleware needs the header afterwards, let it keep a copy.
func NewHandler(opts ...entrypoint.Option) http.Handler {
	return receive.MustHandler(opts...)
}

// The server's timeouts. A push subscription waits at most 600 seconds for an answer, so
// writing an answer after that is of no use.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = time.Minute
	writeTimeout      = 11 * time.Minute
	idleTimeout       = 2 * time.Minute
)

// Limits for senders that are not yet authenticated: connections, and bytes of headers in
// each. Cloud Run sends at most 1,000 requests at a time to a process. An unwrapped push
// has the message's attributes as headers.
const (
	maxConnections = 2000
	maxHeader      = 64 << 10
)

// Run serves NewHandler until ctx is done. The environment variable PORT names the port;
// the default is 8080. After ctx is done, Run answers new calls, and GET /health, with
// 503. It returns nil when the running calls were answered. If they take longer than
// [entrypoint.Grace], it returns an error, and they will be delivered again.
//
// Run accepts 2,000 connections, or twice [entrypoint.Concurrency] if that is more, and 64
// KiB of headers from each. At a limit it closes connections that have no running call:
// see docs/security.md.
func Run(ctx context.Context, opts ...entrypoint.Option) error {
	e, err := receive.NewExecutor(opts...)
	if err != nil {
		return fmt.Errorf("dispatch: serve pushes: %w", err)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", ":"+cmp.Or(os.Getenv("PORT"), "8080"))
	if err != nil {
		return fmt.Errorf("dispatch: serve pushes: %w (set PORT to a free port)", err)
	}
	return serve(ctx, l, e)
}

// Serve is like [Run], but serves on l. It closes l.
func Serve(ctx context.Context, l net.Listener, opts ...entrypoint.Option) error {
	e, err := receive.NewExecutor(opts...)
	if err != nil {
		return errors.Join(fmt.Errorf("dispatch: serve pushes: %w", err), l.Close())
	}
	return serve(ctx, l, e)
}

func serve(ctx context.Context, l net.Listener, e *executor.Executor) error {
	h := receive.NewHandler(e)
	s := &receive.Server{
		Server: http.Server{
			Handler:           h,
			ReadHeaderTimeout: readHeaderTimeout,
			ReadTimeout:       readTimeout,
			WriteTimeout:      writeTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    maxHeader,
		},
		Connections: max(maxConnections, 2*e.Concurrency),
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	e.Serving(ctx, l.Addr().String())
	select {
	case err := <-served:
		return fmt.Errorf("dispatch: serve pushes: %w", err)
	case <-ctx.Done():
	}
	// The server keeps running meanwhile, to refuse new calls and to answer GET /health.
	err := drain(h, e.Grace)
	if cerr := s.Close(); err == nil && cerr != nil {
		err = fmt.Errorf("dispatch: stop serving pushes: %w", cerr)
	}
	<-served // http.ErrServerClosed
	return err
}

// drain waits until the running calls were answered. It returns an error if that takes
// longer than grace.
func drain(h *receive.Handler, grace time.Duration) error {
	drained := make(chan struct{})
	go func() {
		h.Drain()
		close(drained)
	}()
	t := time.NewTimer(grace)
	defer t.Stop()
	select {
	case <-drained:
		return nil
	case <-t.C:
		return fmt.Errorf("dispatch: stop serving pushes: calls were still running after %v (they will be delivered again)", grace)
	}
}
