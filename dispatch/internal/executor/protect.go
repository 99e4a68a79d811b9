package executor

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// A failure is the error of a function. Its text and its other fields were read in the
// function's goroutine, because the methods of an error are the function's code and may
// panic or block.
type failure struct {
	text         string
	permanent    bool
	reason       entrypoint.Reason // empty if the phase has it
	stack        string            // of a panic
	kind         string            // the type of the value that it panicked with
	stillRunning bool
	err          error // nil unless the function returned one
}

// hide reduces the text of a panic to the type of its value. A decoder may panic with an
// argument.
func (f *failure) hide() {
	if f.kind != "" {
		f.text = "panic: (" + f.kind + ")"
	}
}

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return f.err }

// protect calls run in a new goroutine. It returns an error if run panics, ends the
// goroutine, or is still running when limit fires. The error, if any, is a *failure.
func protect(limit <-chan time.Time, run func() error) error {
	done := make(chan error, 1)
	go func() {
		err := errGoexit
		defer func() { done <- err }()
		err = guard(run)
	}()
	select {
	case err := <-done:
		return err
	case <-limit:
		return errStillRunning
	}
}

var (
	errGoexit       error = &failure{text: "it ended its goroutine (return an error instead of calling runtime.Goexit, or FailNow of package testing)", reason: entrypoint.ReasonPanic}
	errStillRunning error = &failure{text: "still running (return when its context is done)", stillRunning: true}
)

// growStack grows the goroutine's stack while it is empty. Every call needs the larger
// stack; growing it during the call, with frames to copy, took a third of the call's
// time.
//
//go:noinline
func growStack() {
	var frame [6 << 10]byte
	runtime.KeepAlive(&frame[0])
}

// guard calls run, and returns an error if it panics. The error, if any, is a *failure.
func guard(run func() error) (err error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		v := recover() // nil for panic(nil) under GODEBUG=panicnil=1, and if run ends its goroutine
		err = &failure{
			text:   "panic: " + panicText(v),
			reason: entrypoint.ReasonPanic,
			stack:  stack(),
			kind:   fmt.Sprintf("%T", v),
		}
	}()
	err = run()
	if err == nil {
		returned = true
		return nil
	}
	err = failureOf(err)
	returned = true
	return err
}

// failureOf returns the failure for an error of a function. It may panic, as the
// methods of err are the function's code.
func failureOf(err error) *failure {
	f := &failure{err: err, permanent: transport.IsPermanent(err)}
	limit := maxErrorText
	if inner := failureIn(err); inner != nil { // it is clipped, and err adds text around it
		f.reason, f.stack = inner.reason, inner.stack
		limit *= 2
	}
	f.text = clip(fmt.Sprint(err), limit)
	return f
}

// failureIn returns the failure that err wraps, or nil. It returns nil if a method of
// err panics.
func failureIn(err error) *failure {
	defer func() { _ = recover() }()
	f, _ := errors.AsType[*failure](err)
	return f
}

// panicText describes v as the Go runtime does: it prints the value of an error, a
// Stringer or a basic type. Of other values it prints the type only, since they may
// hold arguments.
func panicText(v any) string {
	switch v.(type) {
	case nil:
		return "nil"
	case error, fmt.Stringer:
		return clip(fmt.Sprint(v), maxErrorText)
	}
	switch k := reflect.TypeOf(v).Kind(); {
	case k <= reflect.Complex128, k == reflect.String:
		return clip(fmt.Sprint(v), maxErrorText)
	}
	return fmt.Sprintf("(%T)", v)
}

// maxErrorText is how many bytes of a function's error are logged.
const maxErrorText = 8 << 10

// clip returns at most limit bytes of s. An ellipsis shows that s was cut.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
