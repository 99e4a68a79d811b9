// Package platform serves for others: it is no entrypoint itself.
package platform

import (
	"net/http"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"
)

// Serve returns what its caller serves.
func Serve() http.Handler { return wrap(push.NewHandler()) }

func wrap(h http.Handler) http.Handler { return h }
