package receive

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
)

// Health is the path of the health check.
const Health = "/health"

// health answers 200, or 503 if the callee is shutting down. It needs no authentication
// and never blocks.
func health(w http.ResponseWriter, e *executor.Executor) {
	if e.Stopped() {
		http.Error(w, "shutting down", http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ok\n")) // an error means that the prober has gone
}

// ServeHealth serves the health check at addr, and nothing else, until stop is called. It
// is for callees that pull.
func ServeHealth(ctx context.Context, addr string, e *executor.Executor) (stop func(), err error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("serve %s: %w", Health, err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Health, func(w http.ResponseWriter, _ *http.Request) { health(w, e) })
	const timeout = 10 * time.Second
	s := &Server{
		Server:      http.Server{Handler: mux, ReadTimeout: timeout, WriteTimeout: timeout, IdleTimeout: timeout, MaxHeaderBytes: 4 << 10},
		Connections: 64,
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = s.Serve(l) // until stop closes it
	}()
	return func() {
		_ = s.Close() // an error does not matter any more
		<-served
	}, nil
}
