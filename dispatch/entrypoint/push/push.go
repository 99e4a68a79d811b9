// Package push is the entrypoint for HTTP: it executes the calls that a push
// subscription of Pub/Sub delivers, wrapped or unwrapped (with metadata), and
// those that anybody posts as CloudEvents in binary mode, as docs/wire.md has
// it. It serves on Cloud Run, and on any machine.
//
// It accepts every request that reaches it. Deploy it so that only the subscription's
// service account can invoke it, or pass an option of package oidc.
package push

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/internal/receive"
)

// NewHandler returns a handler that executes the call in each request, with
// the functions that are registered in this process. It answers 204 if and
// only if the call was executed or is a dead letter in a sink; Pub/Sub delivers again what was answered
// otherwise. It takes bodies of up to 16 MiB, or [entrypoint.MaxBody]. Your server needs
// limits of its own, for headers and connections; that of [Run] has them.
//
// The handler empties the header of a request that it has read, so that it takes no
// memory while the function runs. Middleware that reads the header afterwards needs a
// copy.
func NewHandler(opts ...entrypoint.Option) http.Handler {
	return receive.MustHandler(opts...)
}

// The server's time-outs. A push subscription waits 600 seconds at most for an
// answer, so that a connection that is still writing after that is of no use.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = time.Minute
	writeTimeout      = 11 * time.Minute
	idleTimeout       = 2 * time.Minute
)

// What strangers may hold before they are authenticated: connections, and bytes of
// headers in each. Cloud Run sends 1,000 requests at a time, at most, to a process. An
// unwrapped push has the attributes as headers.
const (
	maxConnections = 2000
	maxHeader      = 64 << 10
)

// Run serves NewHandler at the port that the environment variable PORT names,
// or 8080, until ctx is done. Then it answers further calls, and GET /health, with 503,
// and returns nil when the running calls were answered, or an error if they take longer
// than [entrypoint.Grace]; they are delivered again.
//
// It has 2,000 connections at most, or twice [entrypoint.Concurrency], and takes 64 KiB of headers from each. At a limit,
// connections that are still sending a request are closed: docs/security.md.
func Run(ctx context.Context, opts ...entrypoint.Option) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", ":"+cmp.Or(os.Getenv("PORT"), "8080"))
	if err != nil {
		return fmt.Errorf("dispatch: serve pushes: %w (set PORT to one that is free)", err)
	}
	return Serve(ctx, l, opts...)
}

// Serve is Run on a listener, which it closes.
func Serve(ctx context.Context, l net.Listener, opts ...entrypoint.Option) error {
	e, err := receive.NewExecutor(opts...)
	if err != nil {
		return err
	}
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
	// It serves on meanwhile, so that calls are refused and GET /health tells.
	err = drain(h, e.Grace)
	if cerr := s.Close(); err == nil && cerr != nil {
		err = fmt.Errorf("dispatch: stop serving pushes: %w", cerr)
	}
	<-served // http.ErrServerClosed
	return err
}

// drain waits until what runs was answered, for as long as grace.
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
		return fmt.Errorf("dispatch: stop serving pushes: calls still ran after %v (they are delivered again)", grace)
	}
}
