package entrypoint

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strings"

	"github.com/cloud-functions-dispatch/go/internal/funcname"
)

// maxID is the most of a call's ID that is logged, in bytes; ours have 26.
const maxID = 64

// Serving logs that calls are taken from now on, and where from.
func (e *Executor) Serving(ctx context.Context, where string) {
	e.record(ctx, slog.LevelInfo, "dispatch: serving", slog.String("at", where), slog.Int("functions", e.registry.Len()))
	e.checkAllowed(ctx)
}

// checkAllowed warns, once, of names that [Allow] has and nobody registered. That is
// known when the first call comes at the latest: some entrypoints are set up while
// functions still register.
func (e *Executor) checkAllowed(ctx context.Context) {
	e.allowedChecked.Do(func() {
		for _, name := range e.allowed {
			if f, err := e.registry.Lookup(name); err != nil || f.Name != name {
				e.record(ctx, slog.LevelWarn, "dispatch: an allowed function is not registered", slog.String("function", name))
			}
		}
	})
}

// record logs. A handler that panics costs its record, not the process.
func (e *Executor) record(ctx context.Context, level slog.Level, message string, attrs ...slog.Attr) {
	defer func() { _ = recover() }()
	cmp.Or(e.logger, slog.Default()).LogAttrs(ctx, level, message, attrs...)
}

// log writes one record for a failed delivery, with the stack if it panicked.
func (e *Executor) log(ctx context.Context, r Result, stack string) {
	attrs := []slog.Attr{
		slog.String("id", clip(r.ID, maxID)),
		slog.String("function", clip(r.Name, funcname.MaxLen)),
		slog.Int("attempt", r.Attempt),
		slog.String("outcome", string(r.Outcome)),
		slog.String("reason", string(r.Reason)),
		slog.String("error", r.Err.Error()),
	}
	if stack != "" {
		attrs = append(attrs, slog.String("stack", stack))
	}
	e.record(ctx, slog.LevelError, "dispatch: a delivery failed", attrs...)
}

// stack returns the callers of a panicking function, innermost first. Unlike
// debug.Stack it leaves out the arguments, which never reach a log.
func stack() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	var b strings.Builder
	for {
		f, more := frames.Next()
		fmt.Fprintf(&b, "%s\n\t%s:%d\n", f.Function, f.File, f.Line)
		if !more {
			return b.String()
		}
	}
}
