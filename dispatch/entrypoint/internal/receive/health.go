package receive

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
)

// Health is the path at which the state of the callee is asked.
const Health = "/health"

// health answers whether the callee shuts down. It needs no authentication and never
// blocks.
func health(w http.ResponseWriter, e *executor.Executor) {
	if e.Stopped() {
		http.Error(w, "shutting down", http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ok\n")) // or nobody waits
}

// ServeHealth answers at addr for a callee that takes no calls there, until the
// returned function is called.
func ServeHealth(ctx context.Context, addr string, e *executor.Executor) (stop func(), err error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("serve %s: %w", Health, err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Health, func(w http.ResponseWriter, _ *http.Request) { health(w, e) })
	const patience = 10 * time.Second
	s := &Server{
		Server:      http.Server{Handler: mux, ReadTimeout: patience, WriteTimeout: patience, IdleTimeout: patience, MaxHeaderBytes: 4 << 10},
		Connections: 64,
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = s.Serve(l) // until it is closed
	}()
	return func() {
		_ = s.Close() // of connections that nobody needs
		<-served
	}, nil
}
