package entrypoint

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// A failure is why a function did not succeed. What its error has to say was
// asked where the function ran, since an error's methods are its code too.
type failure struct {
	text      string
	permanent bool
	stack     string // of a panic
	kind      string // type of what it panicked with
	goesOn    bool   // it has not ended
	err       error  // nil for a panic
}

// hide leaves of a panic the type of its value: what decodes an argument may
// put it there.
func (f *failure) hide() {
	if f.stack != "" {
		f.text = "panic: (" + f.kind + ")"
	}
}

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return f.err }

const goexit = "it ended its goroutine (return an error instead of calling runtime.Goexit, or FailNow of package testing)"

// protect calls run in a goroutine of its own, and turns into an error that it
// panics or ends the goroutine, which would otherwise be that of the platform,
// or that it has not ended when limit comes. It calls ended when run has ended.
// The error, if any, is a *failure.
func protect(limit <-chan time.Time, ended func(), run func() error) error {
	done := make(chan *failure, 1)
	go func() {
		f := &failure{text: goexit}
		defer func() {
			ended()
			done <- f
		}()
		defer func() {
			if v := recover(); v != nil {
				f.stack, f.kind = stack(), fmt.Sprintf("%T", v)
				f.text = "panic: " + panicText(v)
			}
		}()
		err := run()
		if err == nil {
			f = nil
			return
		}
		f.text, f.err = clip(fmt.Sprint(err), maxText), err
		f.permanent = transport.IsPermanent(err)
	}()
	var f *failure
	select {
	case f = <-done:
	case <-limit:
		return &failure{text: "it goes on (have it end when its context does)", goesOn: true}
	}
	if f == nil {
		return nil // and not a nil *failure
	}
	return f
}

// panicText describes v as the Go runtime does, which prints the value of an
// error, a Stringer or a basic type. What else a function panics with may hold
// its arguments, or itself.
func panicText(v any) string {
	switch v.(type) {
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
