package executor_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/deadletter"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

// repaired is true once the mistake is fixed for which messages were parked.
var repaired atomic.Bool

var (
	needsRepair  = dispatch.Register(failUntilRepaired)
	repairedRuns atomic.Int32
)

func failUntilRepaired(_ context.Context, how string) error {
	if repaired.Load() {
		repairedRuns.Add(1)
		return nil
	}
	return dispatch.Permanent(fmt.Errorf("as asked: %s", how))
}

// TestReplay: letters of every kind are replayed after the repair, from a directory and
// from a topic. All of them are executed.
func TestReplay(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "letters")
	topic := new(capture)
	const each = 25 // letters of each of eight kinds
	broken := []entrypoint.Option{
		quiet,
		entrypoint.Allow(needsRepair.Name(), takesFussy.Name(), takesAny.Name()), // the other functions count as unknown
		entrypoint.MaxArgs(1000),
		entrypoint.Executing(around(func(ctx context.Context, d *transport.Delivery, next transport.Handler) error {
			if d.Attributes["refuse"] != "" {
				return dispatch.Permanent(errCause)
			}
			return next(ctx, d)
		})),
	}
	names := map[string]bool{}
	sinks := []deadletter.Sink{deadletter.Dir(dir), deadletter.Topic(topic)}
	sent := 0
	for i := range each {
		for kind, c := range map[string]struct {
			call func(context.Context) error
			edit edit
		}{
			"permanent":          {func(ctx context.Context) error { return needsRepair.Call(ctx, "x") }, nil},
			"permanent, ordered": {func(ctx context.Context) error { return needsRepair.With(dispatch.OrderingKey("k")).Call(ctx, "z") }, nil},
			"permanent, with an ID": {func(ctx context.Context) error {
				return needsRepair.With(dispatch.ID(fmt.Sprint("id-", i))).Call(ctx, "z")
			}, nil},
			"unknown":             {func(ctx context.Context) error { return resize.Call(ctx, secret, i+1) }, aged(2 * time.Hour)},
			"unknown, compressed": {func(ctx context.Context) error { return resize.Call(ctx, string(make([]byte, 20_000)), i+1) }, aged(2 * time.Hour)},
			"refused":             {func(ctx context.Context) error { return needsRepair.Call(ctx, "y") }, attr("refuse", "x")},
			"arguments":           {func(ctx context.Context) error { return takesFussy.Call(ctx, "x") }, aged(2 * time.Hour)},
			"too large":           {func(ctx context.Context) error { return takesAny.Call(ctx, strings.Repeat("x", 1000)) }, aged(2 * time.Hour)},
		} {
			d := deliveryOf(t, c.call)
			if c.edit != nil {
				c.edit(t, d)
			}
			names[kind] = true
			e := newExecutor(append(broken, entrypoint.DeadLetters(sinks[i%2]))...)
			if r := e.Execute(t.Context(), d); r.Outcome != entrypoint.Parked {
				t.Fatalf("%s: %v, %v; want it parked", kind, r.Outcome, r.Err)
			}
			sent++
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries)+len(topic.got) != sent || sent != 200 {
		t.Fatalf("%d and %d letters of %d, %v; want 200", len(entries), len(topic.got), sent, err)
	}

	repaired.Store(true)
	calls := mem.New()
	e := newExecutor(quiet)
	var ran atomic.Int32
	calls.Handle(func(ctx context.Context, d *transport.Delivery) error {
		err := e.Handle(ctx, d)
		if err == nil {
			ran.Add(1)
		}
		return err
	})
	if n, err := deadletter.ReplayDir(t.Context(), dir, calls.Publish); err != nil {
		t.Errorf("ReplayDir = %d, %v", n, err)
	}
	for _, m := range topic.got {
		if err := deadletter.Replay(calls.Publish)(t.Context(), deliver(m)); err != nil {
			t.Error(err)
		}
	}
	if err := calls.Close(); err != nil {
		t.Error(err)
	}
	if int(ran.Load()) != sent || repairedRuns.Load() != 4*each || len(calls.DeadLetters()) > 0 {
		t.Errorf("%d of %d letters of %d kinds were executed after the repair, %d of them calls of needsRepair; want all", ran.Load(), sent, len(names), repairedRuns.Load())
	}
}

// A fussy value cannot be decoded before the repair.
type fussy string

func (f *fussy) UnmarshalText(b []byte) error {
	if !repaired.Load() {
		return errCause
	}
	*f = fussy(b)
	return nil
}

func (f fussy) MarshalText() ([]byte, error) { return []byte(f), nil }

var takesFussy = dispatch.Register(takeFussy)

func takeFussy(context.Context, fussy) error { return nil }
