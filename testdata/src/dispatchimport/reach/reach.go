// Package reach makes calls.
package reach

import (
	"context"
	"net/http"

	"example.com/fixtures/src/dispatchimport/mail"
)

// Invite makes a call.
func Invite(ctx context.Context) error { return send(ctx) }

func send(ctx context.Context) error { return mail.Send.Call(ctx, "ann") }

// Name makes no call.
func Name() string { return mail.Send.Name() }

// A Server makes a call for each request.
type Server struct{ n int }

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { _ = send(r.Context()) }

// NewServer returns a Server.
func NewServer() *Server { return &Server{} }
