package executor

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/codec"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/registry"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// An error of OnStart is never permanent, because the call has not run.
func TestStart_isNeverPermanent(t *testing.T) {
	t.Parallel()
	err := start(func() error { return transport.Permanent(errors.New("the cause")) })
	if err == nil || err.Error() != "the cause" || transport.IsPermanent(err) {
		t.Errorf("start = %v, permanent %v; want the cause, not permanent", err, transport.IsPermanent(err))
	}
}

// A call that waits for OnStart does not start after the executor was stopped.
func TestExecutor_Stop_duringOnStart(t *testing.T) {
	t.Parallel()
	e := Must(New(entrypoint.Logger(slog.New(slog.DiscardHandler))))
	e.registry = new(registry.Registry)
	e.registry.OnStart(func(context.Context) error {
		e.Stop()
		return nil
	})
	run := func(context.Context) error {
		t.Error("the call ran")
		return nil
	}
	f := &registry.Function{Name: "example.com/app.run", Value: reflect.ValueOf(run)}
	var err error
	if f.Signature, err = codec.Of(f.Value.Type()); err != nil {
		t.Fatal(err)
	}
	if err := e.registry.Add(f); err != nil {
		t.Fatal(err)
	}
	d := &transport.Delivery{Message: transport.Message{Data: []byte("[]"), Attributes: map[string]string{
		"ce-specversion": "1.0", envelope.AttrID: "1", "ce-source": "a-test", "ce-type": envelope.Type, envelope.AttrSubject: f.Name,
	}}}
	if r := e.Execute(t.Context(), d); r.Err != ErrStopped {
		t.Errorf("Execute = %v, %v; want %v", r.Outcome, r.Err, ErrStopped)
	}
}
