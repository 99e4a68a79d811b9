package good

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/fixtures/src/dispatchcall/pool"
)

// Functions that are kept for later.

var hooks []func() error

func onStop(f func() error) { hooks = append(hooks, f) }

func wrap(f func() error) http.HandlerFunc {
	return func(http.ResponseWriter, *http.Request) { _ = f() }
}

func add(name string, f func() error) { onStop(func() error { return f() }) }

type command struct{ run func() error }

func must(f func() error) {
	if err := f(); err != nil {
		panic(err)
	}
}

func call() error { return Make.Call(context.Background(), "a") }

var (
	lazy = sync.OnceFunc(func() { _ = call() })
	cmd  = &command{run: func() error { return call() }}
)

func init() {
	http.HandleFunc("/", func(http.ResponseWriter, *http.Request) { _ = Make.Call(context.Background(), "b") })
	http.Handle("/wrapped", wrap(func() error { return call() }))
	onStop(func() error { return call() })
	onStop(call)
	add("call", call)
	dispatch.OnStart(func(ctx context.Context) error { return Make.Call(ctx, "c") })
	pool.AddFunc("@daily", func() { _ = call() })
	time.AfterFunc(time.Hour, func() { _ = call() })
	must(func() error {
		cmd.run = call
		return nil
	})
}
