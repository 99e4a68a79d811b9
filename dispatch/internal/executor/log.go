package executor

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strings"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/internal/funcname"
)

// loggedID is how many bytes of a call's ID are logged. A random one has 26.
const loggedID = 64

// record logs. If the logger's handler panics, the record is lost, and nothing else.
func (e *Executor) record(ctx context.Context, level slog.Level, message string, attrs ...slog.Attr) {
	defer func() { _ = recover() }()
	cmp.Or(e.Logger, slog.Default()).LogAttrs(ctx, level, message, attrs...)
}

// Warn logs that err impairs the callee.
func (e *Executor) Warn(ctx context.Context, message string, err error) {
	e.record(ctx, slog.LevelWarn, message, slog.String("error", err.Error()))
}

// log writes one record for a failed delivery, with the stack if its function panicked.
func (e *Executor) log(ctx context.Context, r entrypoint.Result, stack string) {
	attrs := []slog.Attr{
		slog.String("id", clip(r.ID, loggedID)),
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
