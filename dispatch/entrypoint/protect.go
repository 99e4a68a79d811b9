package entrypoint

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// A failure is why a function did not succeed. What its error has to say was
// asked where the function ran, since an error's methods are its code too.
type failure struct {
	text      string
	permanent bool
	reason    Reason // empty if it is for others to say
	stack     string // of a panic
	kind      string // type of what it panicked with
	goesOn    bool   // it has not ended
	err       error  // nil unless it returned one
}

// hide leaves of a panic the type of its value: what decodes an argument may
// put it there.
func (f *failure) hide() {
	if f.kind != "" {
		f.text = "panic: (" + f.kind + ")"
	}
}

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return f.err }

// protect calls run in a goroutine of its own, and turns into an error that it
// panics or ends the goroutine, or that it has not ended when limit comes. The error,
// if any, is a *failure.
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
		return errGoesOn
	}
}

var (
	errGoexit error = &failure{text: "it ended its goroutine (return an error instead of calling runtime.Goexit, or FailNow of package testing)", reason: ReasonPanic}
	errGoesOn error = &failure{text: "it goes on (have it end when its context does)", goesOn: true}
)

// growStack has the goroutine's stack grow while there is nothing on it to be moved:
// that of a call grows anyway, and later costs a third of the whole.
//
//go:noinline
func growStack() {
	var frame [6 << 10]byte
	runtime.KeepAlive(&frame[0])
}

// guard calls run, and turns into an error that it panics. The error, if any, is
// a *failure.
func guard(run func() error) (err error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		v := recover() // nil for panic(nil), by GODEBUG=panicnil=1, and where run has ended its goroutine
		err = &failure{
			text:   "panic: " + panicText(v),
			reason: ReasonPanic,
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

// failureOf returns the failure that err, of a function, is: its methods are the
// function's code, and may panic.
func failureOf(err error) *failure {
	f := &failure{err: err, permanent: transport.IsPermanent(err)}
	max := maxText
	if inner := failureIn(err); inner != nil { // which is clipped, and has more around it
		f.reason, f.stack = inner.reason, inner.stack
		max *= 2
	}
	f.text = clip(fmt.Sprint(err), max)
	return f
}

// failureIn returns the failure that err wraps, if any. An error whose methods
// panic has none.
func failureIn(err error) *failure {
	defer func() { _ = recover() }()
	f, _ := errors.AsType[*failure](err)
	return f
}

// panicText describes v as the Go runtime does, which prints the value of an
// error, a Stringer or a basic type. What else a function panics with may hold
// its arguments, or itself.
func panicText(v any) string {
	switch v.(type) {
	case nil:
		return "nil"
	case error, fmt.Stringer:
		return clip(fmt.Sprint(v), maxText)
	}
	switch k := reflect.TypeOf(v).Kind(); {
	case k <= reflect.Complex128, k == reflect.String:
		return clip(fmt.Sprint(v), maxText)
	}
	return fmt.Sprintf("(%T)", v)
}

// maxText is the most that a function's error contributes to a log, in bytes.
const maxText = 8 << 10

// clip cuts s at max bytes, and says so.
func clip(s string, max int) string {
	if len(s) <= max {
		return s
	}
	return strings.ToValidUTF8(s[:max], "") + "…"
}
