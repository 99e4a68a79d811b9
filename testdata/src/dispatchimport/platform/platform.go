// Package platform starts an entrypoint for its callers: it is not one itself.
package platform

import (
	"net/http"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"
)

// Serve returns the handler that its caller serves.
func Serve() http.Handler { return wrap(push.NewHandler()) }

func wrap(h http.Handler) http.Handler { return h }
