package executor_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// An edit changes a delivery before it is executed.
type edit func(t *testing.T, d *transport.Delivery)

func data(s string) edit {
	return func(_ *testing.T, d *transport.Delivery) { d.Data = []byte(s) }
}

func attr(key, value string) edit {
	return func(_ *testing.T, d *transport.Delivery) { d.Attributes[key] = value }
}

func without(key string) edit {
	return func(_ *testing.T, d *transport.Delivery) { delete(d.Attributes, key) }
}

func TestExecute(t *testing.T) {
	const (
		id      = "ID"
		args    = "dispatch: decode arguments of " + pkg + "resizeImage: "
		message = `dispatch: decode message "ID": `
		run     = "dispatch: execute " + pkg + "failWith: "
		bombed  = "the arguments have more than 16777216 bytes of JSON (store the data and pass a reference)"
		form    = " (docs/wire.md specifies it)"
		deploy  = " (deploy caller and callee from the same code)"
		wire    = " is missing (docs/wire.md lists the attributes of a call)"
		goexit  = "it ended its goroutine (return an error instead of calling runtime.Goexit, or FailNow of package testing)"
	)
	ok := func(ctx context.Context) error { return resize.Call(ctx, secret, 320) }
	how := func(s string) func(context.Context) error {
		return func(ctx context.Context) error { return fail.Call(ctx, secret, s) }
	}
	cases := []struct {
		name string
		call func(context.Context) error
		edit edit
		runs bool
		want entrypoint.Outcome
		err  string
	}{
		{"executed", ok, nil, true, entrypoint.Executed, ""},
		{"executed variadic", func(ctx context.Context) error { return join.Call(ctx, secret, "a", "b") }, nil, true, entrypoint.Executed, ""},
		{"executed compressed", func(ctx context.Context) error { return resize.Call(ctx, strings.Repeat(secret, 5000), 1) }, nil, true, entrypoint.Executed, ""},
		{"unknown attributes are ignored", ok, attr("googclient_schemaid", "x"), true, entrypoint.Executed, ""},

		{"unknown name with one near it", ok, attr("ce-subject", pkg+"resizeImages"), false, entrypoint.Retry,
			`dispatch: look up "` + pkg + `resizeImages": no function is registered under that name; similar names are ` + pkg + `resizeImage (import its package in the callee: run dispatchmain generate)`},
		{"unknown name under another path", ok, attr("ce-subject", "example.com/old/executor_test.joinWords"), false, entrypoint.Retry,
			`dispatch: look up "example.com/old/executor_test.joinWords": no function is registered under that name; similar names are ` + pkg + `joinWords (import its package in the callee: run dispatchmain generate)`},
		{"unknown name with none near it", ok, attr("ce-subject", "a.b"), false, entrypoint.Retry,
			`dispatch: look up "a.b": no function is registered under that name; none of 21 names is similar (import its package in the callee: run dispatchmain generate)`},

		{"data is no array", ok, data(secret), false, entrypoint.Retry,
			args + "the data is not a JSON array of arguments: it does not begin with [ and end with ]" + form},
		{"no data", ok, data(""), false, entrypoint.Retry,
			args + "the data is not a JSON array of arguments: it does not begin with [ and end with ]" + form},
		{"data after the array", ok, data(`["` + secret + `",1] ["` + secret + `"]`), false, entrypoint.Retry,
			args + "the data is not a JSON array of arguments: there is more after the array" + form},
		{"too few arguments", ok, data(`["` + secret + `"]`), false, entrypoint.Retry, args + "got 1 arguments, want 2" + deploy},
		{"too many arguments", ok, data(`["` + secret + `",1,"` + secret + `"]`), false, entrypoint.Retry, args + "got 3 arguments, want 2" + deploy},
		{"wrong type at 2", ok, data(`["` + secret + `","` + secret + `"]`), false, entrypoint.Retry,
			args + "argument 2 (int) cannot be decoded: got a JSON string, which does not fit type int" + deploy},
		{"invalid UTF-8", ok, data("[\"" + secret + "\xff\",1]"), false, entrypoint.Retry,
			args + "argument 1 (string) cannot be decoded: it holds invalid UTF-8 (send binary data as []byte)"},
		{"a decoder whose error contains the argument", func(ctx context.Context) error { return secretive.Call(ctx, secret) }, nil, false, entrypoint.Retry,
			"dispatch: decode arguments of " + pkg + "takeText: argument 1 (executor_test.text) cannot be decoded: the UnmarshalText of executor_test.text refuses a value (deploy caller and callee from the same code, or send a value that the type accepts)"},

		{"a decoder that panics", func(ctx context.Context) error { return secretive.Call(ctx, "panic "+secret) }, nil, false, entrypoint.Retry,
			"dispatch: decode arguments of " + pkg + "takeText: panic: (*errors.errorString)"},

		{"error", how("error"), nil, true, entrypoint.Retry, run + "the cause"},
		{"permanent", how("permanent"), nil, true, entrypoint.Permanent, run + "the cause"},
		{"wrapped permanent", how("wrapped permanent"), nil, true, entrypoint.Permanent, run + "step 2: the cause"},
		{"panic", how("panic"), nil, true, entrypoint.Retry, run + "panic: the reason"},
		{"panic with an error", how("panic error"), nil, true, entrypoint.Retry, run + "panic: the cause"},
		{"panic of the runtime", how("runtime panic"), nil, true, entrypoint.Retry, run + "panic: assignment to entry in nil map"},
		{"panic with a value that may hold arguments", how("panic struct"), nil, true, entrypoint.Retry, run + "panic: (struct { token string })"},
		{"panic with a cyclic value", how("panic cycle"), nil, true, entrypoint.Retry, run + "panic: (map[string]interface {})"},
		{"panic with a long text", how("panic long"), nil, true, entrypoint.Retry, run + "panic: " + strings.Repeat("x", 8<<10) + "…"},
		{"an error with a long text", how("long"), nil, true, entrypoint.Retry, run + strings.Repeat("x", 8<<10) + "…"},
		{"an error whose method ends its goroutine", how("goexit in Error"), nil, true, entrypoint.Retry, run + goexit},
		{"panic with nil", how("panic nil"), nil, true, entrypoint.Retry, run + "panic: " + new(runtime.PanicNilError).Error()},
		{"goexit", how("goexit"), nil, true, entrypoint.Retry, run + goexit},
		{"an error whose methods panic", how("typed nil"), nil, true, entrypoint.Retry, run + "<nil>"},
		{"the same, permanent", how("permanent typed nil"), nil, true, entrypoint.Permanent, run + "%!v(PANIC=Error method: runtime error: invalid memory address or nil pointer dereference)"},

		{"a long ID", ok, func(_ *testing.T, d *transport.Delivery) {
			delete(d.Attributes, "ce-source")
			d.Attributes["ce-id"] = strings.Repeat("i", 1<<20)
		}, false, entrypoint.Retry, `dispatch: decode message "` + strings.Repeat("i", 64) + `": attribute ce-source` + wire},
		{"no attributes", ok, func(_ *testing.T, d *transport.Delivery) { d.Attributes = nil }, false, entrypoint.Retry,
			`dispatch: decode message "": attribute ce-specversion` + wire},
		{"no specversion", ok, without("ce-specversion"), false, entrypoint.Retry, message + "attribute ce-specversion" + wire},
		{"no ID", ok, without("ce-id"), false, entrypoint.Retry, `dispatch: decode message "": attribute ce-id` + wire},
		{"no source", ok, without("ce-source"), false, entrypoint.Retry, message + "attribute ce-source" + wire},
		{"no type", ok, without("ce-type"), false, entrypoint.Retry, message + "attribute ce-type" + wire},
		{"no subject", ok, without("ce-subject"), false, entrypoint.Retry, message + "attribute ce-subject" + wire},
		{"newer version", ok, attr("ce-type", "dev.cloudfunctions.dispatch.call.v2"), false, entrypoint.Retry,
			message + `wire version "v2" is unknown here, want v1 (deploy the callee before the caller)`},
		{"another event", ok, attr("ce-type", "com.example.thing"), false, entrypoint.Retry,
			message + `attribute ce-type is "com.example.thing", want "dev.cloudfunctions.dispatch.call.v1" (docs/wire.md lists the attributes of a call)`},
		{"unknown encoding", ok, attr("ce-dataencoding", "br"), false, entrypoint.Retry,
			message + `attribute ce-dataencoding is "br", want "zstd" or "gzip" (leave it out for plain JSON)`},
		{"a name of two lines", ok, attr("ce-subject", "a.b\nlevel=INFO"), false, entrypoint.Retry,
			message + "attribute ce-subject: the name contains a space or a character that does not print (remove it)"},
		{"zstd bomb", ok, bomb("zstd"), false, entrypoint.Retry, message + bombed},
		{"zstd bomb of small frames", ok, bomb("zstd frames"), false, entrypoint.Retry, message + bombed},
		{"gzip bomb", ok, bomb("gzip"), false, entrypoint.Retry, message + bombed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := deliveryOf(t, c.call)
			callID := d.Attributes["ce-id"]
			d.Attempt = 3
			if c.edit != nil {
				c.edit(t, d)
			}
			var log bytes.Buffer
			logger := slog.New(slog.NewTextHandler(&log, nil))
			got := newExecutor(entrypoint.Logger(logger)).Execute(t.Context(), d)
			if got.Outcome != c.want {
				t.Errorf("outcome = %q, want %q", got.Outcome, c.want)
			}
			text := ""
			if got.Err != nil {
				text = strings.ReplaceAll(got.Err.Error(), callID, id)
			}
			if text != c.err {
				t.Errorf("error\n got %q\nwant %q", text, c.err)
			}
			if _, runs := executed.Load(callID); runs != c.runs {
				t.Errorf("the function ran: %v, want %v", runs, c.runs)
			}
			if id, limit := d.Attributes["ce-id"], 1024; got.ID != id && (len(id) <= limit || got.ID != id[:limit]+"…") || got.Name != d.Attributes["ce-subject"] || got.Attempt != 3 || got.Duration < 0 {
				t.Errorf("result has ID %q, name %q, attempt %d, duration %v; want the values of the message", got.ID, got.Name, got.Attempt, got.Duration)
			}
			checkLog(t, log.String(), got)
			if strings.Contains(text+log.String(), secret) {
				t.Errorf("an argument is in the error or the log:\n%s\n%s", text, log.String())
			}
		})
	}
}

// checkLog fails the test unless log is one record of the failed delivery r, or is empty
// if the call was executed.
func checkLog(t *testing.T, log string, r entrypoint.Result) {
	t.Helper()
	if r.Err == nil {
		if log != "" {
			t.Errorf("logged %q, want nothing if the call was executed", log)
		}
		return
	}
	if strings.Count(log, "\n") != 1 || !strings.Contains(log, "level=ERROR") {
		t.Errorf("logged %q, want one record of level ERROR", log)
	}
	if len(log) > 40_000 {
		t.Errorf("logged %d bytes, want a bounded record", len(log))
	}
	for _, want := range []string{r.ID[:min(len(r.ID), 64)], r.Name, "attempt=3", "outcome=" + string(r.Outcome)} {
		if !strings.Contains(log, strings.Split(want, "\n")[0]) {
			t.Errorf("logged %q, want %q in it", log, want)
		}
	}
	panicked := strings.Contains(r.Err.Error(), "panic: ")
	if got := strings.Contains(log, pkg+"failWith\\n") || strings.Contains(log, ".UnmarshalText\\n"); got != panicked {
		t.Errorf("logged %q, want a stack with the function if and only if it panicked", log)
	}
}

// bomb replaces the data by compressed data that decompresses to more than 64 MiB.
func bomb(encoding string) edit {
	return func(t *testing.T, d *transport.Delivery) {
		t.Helper()
		big := make([]byte, 65<<20)
		var b bytes.Buffer
		switch encoding {
		case "zstd":
			e, err := zstd.NewWriter(nil)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(e.EncodeAll(big, nil))
		case "zstd frames":
			// No frame contains its size.
			for range 3 {
				e, err := zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := e.Write(big[:40<<20]); err != nil {
					t.Fatal(err)
				}
				if err := e.Close(); err != nil {
					t.Fatal(err)
				}
			}
		case "gzip":
			w := gzip.NewWriter(&b)
			if _, err := w.Write(big); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
		}
		d.Data = b.Bytes()
		d.Attributes["ce-dataencoding"], _, _ = strings.Cut(encoding, " ")
	}
}

func TestExecute_errorIsTheFunctions(t *testing.T) {
	t.Parallel()
	d := deliveryOf(t, func(ctx context.Context) error { return fail.Call(ctx, secret, "wrapped permanent") })
	quiet := entrypoint.Logger(slog.New(slog.DiscardHandler))
	if err := newExecutor(quiet).Handle(t.Context(), d); !errors.Is(err, errCause) {
		t.Errorf("Handle() = %v, want an error that wraps the function's", err)
	}
}

func TestExecute_info(t *testing.T) {
	t.Parallel()
	published := time.Date(2026, 2, 3, 4, 5, 6, 7, time.UTC)
	made := published.Add(-time.Hour)
	for name, c := range map[string]struct {
		edit edit
		want time.Time
	}{
		"published":                {nil, published},
		"ce-time takes precedence": {attr("ce-time", made.Format(time.RFC3339Nano)), made},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deliveryOf(t, func(ctx context.Context) error { return resize.Call(ctx, secret, 1) })
			d.Attempt, d.Published = 7, published
			if c.edit != nil {
				c.edit(t, d)
			}
			if err := newExecutor().Handle(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			got, _ := executed.Load(d.Attributes["ce-id"])
			want := dispatch.Info{ID: d.Attributes["ce-id"], Name: pkg + "resizeImage", Attempt: 7, Time: c.want}
			if got != any(want) {
				t.Errorf("FromContext() = %+v, want %+v", got, want)
			}
		})
	}
}

func TestExecutor_Serving(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	newExecutor(entrypoint.Logger(slog.New(slog.NewTextHandler(&log, nil)))).Serving(t.Context(), "[::]:8080")
	if want := `msg="dispatch: serving" at=[::]:8080 functions=21`; !strings.Contains(log.String(), want) {
		t.Errorf("logged %s, want %s", &log, want)
	}
}

// If the log handler panics, the delivery still has a result.
func TestExecute_logPanics(t *testing.T) {
	t.Parallel()
	e := newExecutor(entrypoint.Logger(slog.New(panickyHandler{slog.DiscardHandler})))
	if r := e.Execute(t.Context(), new(transport.Delivery)); r.Outcome != entrypoint.Retry {
		t.Errorf("Execute = %v, %v, want retry", r.Outcome, r.Err)
	}
}

type panickyHandler struct{ slog.Handler }

func (panickyHandler) Enabled(context.Context, slog.Level) bool  { return true }
func (panickyHandler) Handle(context.Context, slog.Record) error { panic("no disk") }
