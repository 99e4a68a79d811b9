package helpers // want package:`registers\(\(\*example.com/fixtures/src/registration/helpers.Server\).Run:entrypoint example.com/fixtures/src/registration/helpers.Serve:entrypoint example.com/fixtures/src/registration/helpers.Task:helper\)`

import (
	"context"
	"net/http"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"
)

// Task registers fn.
func Task[F any](name string, fn F) *dispatch.Func[F] { return deep(fn, "task."+name) }

func deep[F any](fn F, name string) *dispatch.Func[F] {
	return dispatch.Register(fn, dispatch.Name("v1."+name))
}

// Serve makes its callers entrypoints.
func Serve() http.Handler { return serve() }

func serve() http.Handler { return push.NewHandler() }

type Server struct{}

// Run makes its callers entrypoints.
func (*Server) Run(ctx context.Context) error { return pull.Run(ctx) }
