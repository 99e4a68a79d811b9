// Package reach makes calls.
package reach

import (
	"context"
	"net/http"

	"example.com/fixtures/src/dispatchimport/mail"
)

// Invite calls.
func Invite(ctx context.Context) error { return send(ctx) }

func send(ctx context.Context) error { return mail.Send.Call(ctx, "ann") }

// Name does not.
func Name() string { return mail.Send.Name() }

// A Server calls when it serves.
type Server struct{ n int }

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { _ = send(r.Context()) }

// NewServer returns one.
func NewServer() *Server { return &Server{} }
