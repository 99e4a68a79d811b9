package option_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/dispatchtest"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"
	"github.com/cloud-functions-dispatch/go/dispatch/once"
	"github.com/cloud-functions-dispatch/go/dispatch/once/oncedynamo"
	"github.com/cloud-functions-dispatch/go/dispatch/once/oncefirestore"
	"github.com/cloud-functions-dispatch/go/dispatch/once/onceredis"
	"github.com/cloud-functions-dispatch/go/dispatch/secure"
	"github.com/cloud-functions-dispatch/go/dispatch/telemetry"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

var ran = dispatch.Register(run)

func run(context.Context) error { return nil }

// panicError returns a function that calls f and returns its panic as an error.
func panicError(f func()) func() error {
	return func() (err error) {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("%v", r)
			}
		}()
		f()
		return nil
	}
}

// TestRule: in every package, a value out of range is an error where the option is
// used, and a nil option is ignored.
func TestRule(t *testing.T) {
	client := func(opts ...dispatch.ClientOption) func() error {
		return panicError(func() { dispatch.New(mem.New(), opts...) })
	}
	handler := func(opts ...entrypoint.Option) func() error { return panicError(func() { push.NewHandler(opts...) }) }
	call := func(opts ...dispatch.CallOption) func() error {
		return func() error { return ran.With(opts...).Call(dispatchtest.New(t).Context()) }
	}
	do := func(opts ...once.Option) func() error {
		return func() error {
			err := once.Do(t.Context(), nil, nil, opts...)
			if err == once.ErrNoCall {
				return nil // the options were valid
			}
			return err
		}
	}
	for _, c := range []struct {
		use  func() error
		want string // a part of the error; empty for no error
	}{
		{client(nil), ""},
		{client(dispatch.PublishTimeout(0)), "the option PublishTimeout is 0s, want more than 0 (or leave it out)"},
		{client(dispatch.Publishing(nil)), "the option Publishing is nil (leave it out)"},
		{client(dispatch.Local(nil)), ""},
		{client(dispatch.Local(entrypoint.Timeout(-1))), "dispatch: make a client: the option entrypoint.Timeout is -1ns"},
		{call(nil), ""},
		{call(dispatch.Expire(-1)), "the option Expire is -1ns"},
		{call(dispatch.ID("")), "the option ID has 0 bytes"},
		{call(dispatch.Queue("a b")), `queue name "a b" is invalid`},
		{call(dispatch.Delay(-1), dispatch.OrderingKey("")), ""},
		{handler(nil), ""},
		{handler(entrypoint.Options(nil, entrypoint.Grace(0))), "the option entrypoint.Grace is 0s"},
		{handler(entrypoint.Logger(nil)), "the option entrypoint.Logger is nil"},
		{handler(entrypoint.DeadLetters(nil)), "the option entrypoint.DeadLetters is nil"},
		{handler(entrypoint.Authenticate(nil)), "the option entrypoint.Authenticate is nil"},
		{handler(entrypoint.Observe(nil)), "the option entrypoint.Observe is nil"},
		{handler(entrypoint.Executing(nil)), "the option entrypoint.Executing is nil"},
		{handler(entrypoint.Concurrency(0)), "the option entrypoint.Concurrency is 0"},
		{handler(entrypoint.MaxBody(-1)), "the option entrypoint.MaxBody is -1"},
		{handler(entrypoint.MaxHeld(0)), "the option entrypoint.MaxHeld is 0"},
		{handler(entrypoint.MaxDecoded(0)), "the option entrypoint.MaxDecoded is 0"},
		{handler(entrypoint.MaxArgs(16<<20 + 1)), "the option entrypoint.MaxArgs is 16777217, want 1 to 16777216"},
		{handler(entrypoint.MaxDepth(10_001)), "the option entrypoint.MaxDepth is 10001, want 1 to 10000"},
		{handler(entrypoint.Patience(0)), "the option entrypoint.Patience is 0s"},
		{handler(entrypoint.Deadline(0)), "the option entrypoint.Deadline is 0s"},
		{handler(telemetry.Entrypoint(nil)), ""},
		{func() error { return push.Run(t.Context(), entrypoint.Grace(-1)) }, "dispatch: serve pushes: the option entrypoint.Grace is -1ns"},
		{func() error { return pull.Receive(t.Context(), nil, entrypoint.Grace(-1)) }, "the option entrypoint.Grace is -1ns"},
		{panicError(func() { telemetry.Client(telemetry.Tracers(nil)) }), "telemetry: the option Tracers is nil"},
		{func() error { _, err := dispatch.Open(t.Context(), "none://", dispatch.PublishTimeout(-1)); return err }, "dispatch: make a client: the option PublishTimeout is -1ns"},
		{panicError(func() { dispatchtest.New(t, dispatchtest.Redeliver(0)) }), ""},
		{panicError(func() { mem.New(nil) }), ""},
		{panicError(func() { mem.New(mem.Attempts(0)) }), "mem: the option Attempts is 0"},
		{panicError(func() { mem.New(mem.Backoff(nil)) }), "mem: the option Backoff is nil"},
		{panicError(func() { secure.Verify(nil, secure.Window(0)) }), "secure: the option Window is 0s"},
		{panicError(func() { secure.Verify(nil, nil, secure.Migrate(nil)) }), ""},
		{panicError(func() { onceredis.New(nil, nil, onceredis.Keep(1)) }), "onceredis: the option Keep is 1ns, want at least 1ms"},
		{panicError(func() { onceredis.New(nil, onceredis.Prefix("")) }), "onceredis: the option Prefix is empty"},
		{panicError(func() { oncedynamo.New(nil, nil, oncedynamo.Keep(0)) }), "oncedynamo: the option Keep is 0s"},
		{panicError(func() { oncedynamo.New(nil, oncedynamo.Table("")) }), "oncedynamo: the option Table is empty"},
		{panicError(func() { oncefirestore.New(nil, nil, oncefirestore.Keep(0)) }), "oncefirestore: the option Keep is 0s"},
		{panicError(func() { oncefirestore.New(nil, oncefirestore.Collection("")) }), "oncefirestore: the option Collection is empty"},
		{do(nil), ""},
		{do(once.Lease(1)), "once: the option Lease is 1ns, want at least 1s"},
	} {
		switch err := c.use(); {
		case c.want == "" && err != nil:
			t.Errorf("got %v, want nil", err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("got %v, want an error with %q", err, c.want)
		}
	}
}
