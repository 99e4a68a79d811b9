package dispatch_test

import (
	"context"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/sqsmessage"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// A frozen message is a message that a caller once sent, with the function that a
// callee must run for it.
type frozen struct {
	Attributes map[string]string
	Data       []byte   // in base64
	Runs       []string // the function's name and arguments; empty if none runs
}

// TestWire: today's callee executes the messages of every wire version as the callees
// of their time did. Never change or delete files in testdata/wire; -update writes only
// the missing files, from the messages of today's callers.
func TestWire(t *testing.T) {
	t.Parallel()
	if *update {
		freeze(t, "testdata/wire/v1")
	}
	files, err := filepath.Glob("testdata/wire/v*/*.json")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d frozen messages, %v; want 20 at least", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var f frozen
			if err := stdjson.Unmarshal(text, &f); err != nil {
				t.Fatal(err)
			}
			m := &transport.Message{Attributes: f.Attributes, Data: f.Data}
			if diff := cmp.Diff(f.Runs, replay(t, m)); diff != "" {
				t.Errorf("what runs (-want +got):\n%s", diff)
			}
			event, err := sqsmessage.Encode(m)
			if err != nil {
				t.Fatal(err)
			}
			structured := sqsmessage.Delivery(event.Body, event.Attributes, nil).Message
			if diff := cmp.Diff(f.Runs, replay(t, &structured)); diff != "" {
				t.Errorf("what runs for the structured form (-want +got):\n%s", diff)
			}
		})
	}
}

// ranKey is the context key of the list that ran appends to.
type ranKey struct{}

// replay gives m to a callee and returns the functions that run, with their arguments.
func replay(t *testing.T, m *transport.Message) []string {
	t.Helper()
	var ran []string
	ctx := context.WithValue(t.Context(), ranKey{}, &ran)
	r := executor.Must(executor.New()).Execute(ctx, &transport.Delivery{Message: *m, Published: time.Now()})
	if (r.Outcome == entrypoint.Executed) != (len(ran) == 1) {
		t.Errorf("%v, %v; and %q ran", r.Outcome, r.Err, ran)
	}
	return ran
}

// ran records that a function of this test runs, with its arguments.
func ran(ctx context.Context, args ...any) error {
	info, _ := dispatch.FromContext(ctx)
	text, err := stdjson.Marshal(args)
	if err != nil {
		return err
	}
	got := ctx.Value(ranKey{}).(*[]string)
	*got = append(*got, info.Name+string(text))
	return nil
}

type part struct {
	A int `json:"a"`
}

type whole struct {
	A int               `json:"a"`
	B string            `json:"b,omitzero"`
	C *whole            `json:"c"`
	D map[string][]byte `json:"d"`
	E time.Duration     `json:"e"`
	F time.Time         `json:"f"`
}

// The functions of this test. wirePart and wireWhole, and wireShort and wireLonger, are
// the same function before and after its parameters have grown.
var (
	wireNone   = dispatch.Register(func0, dispatch.Name("wire.none"))
	wirePlain  = dispatch.Register(func1, dispatch.Name("wire.plain"))
	wireMany   = dispatch.Register(func2, dispatch.Name("wire.many"))
	wireNow    = dispatch.Register(func3, dispatch.Name("wire.now"), dispatch.Alias("wire.before"))
	wirePart   = dispatch.Register(func4, dispatch.Name("wire.part"))
	wireWhole  = dispatch.Register(func5, dispatch.Name("wire.whole"))
	wireAny    = dispatch.Register(func6, dispatch.Name("wire.any"))
	wireShort  = dispatch.Register(func7, dispatch.Name("wire.short"))
	wireLonger = dispatch.Register(func8, dispatch.Name("wire.longer"))
)

func func0(ctx context.Context) error                                    { return ran(ctx) }
func func1(ctx context.Context, s string, n int, f float64) error        { return ran(ctx, s, n, f) }
func func2(ctx context.Context, s string, n ...int) error                { return ran(ctx, s, n) }
func func3(ctx context.Context, b bool) error                            { return ran(ctx, b) }
func func4(ctx context.Context, p part) error                            { return ran(ctx, p) }
func func5(ctx context.Context, w whole) error                           { return ran(ctx, w) }
func func6(ctx context.Context, a any, b []byte, c map[string]any) error { return ran(ctx, a, b, c) }
func func7(ctx context.Context, s string) error                          { return ran(ctx, s) }
func func8(ctx context.Context, s string, more ...part) error            { return ran(ctx, s, more) }

// freeze writes the missing messages to dir.
func freeze(t *testing.T, dir string) {
	t.Helper()
	filled := whole{A: 1, B: "b", C: &whole{A: 2}, D: map[string][]byte{"k": {0, 255}}, E: time.Second, F: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)}
	long := string(slices.Repeat([]byte("a picture says more than "), 1000))
	// as sends the message to another function, as if the function had changed since.
	as := func(name string) dispatch.ClientOption {
		return publishing(func(ctx context.Context, m *transport.Message, next transport.Publisher) error {
			m.Attributes["ce-subject"] = name
			return next(ctx, m)
		})
	}
	for name, c := range map[string]struct {
		call func(context.Context) error
		opt  dispatch.ClientOption
	}{
		"none":          {wireNone.Call, nil},
		"plain":         {func(ctx context.Context) error { return wirePlain.Call(ctx, "é\n", -1, 0.1) }, nil},
		"plain zero":    {func(ctx context.Context) error { return wirePlain.Call(ctx, "", 0, 0) }, nil},
		"compressed":    {func(ctx context.Context) error { return wirePlain.Call(ctx, long, 1, 1) }, nil},
		"variadic none": {func(ctx context.Context) error { return wireMany.Call(ctx, "x") }, nil},
		"variadic":      {func(ctx context.Context) error { return wireMany.Call(ctx, "x", 1, 2, 3) }, nil},
		"name":          {func(ctx context.Context) error { return wireNow.Call(ctx, true) }, nil},
		"alias":         {func(ctx context.Context) error { return wireNow.Call(ctx, true) }, as("wire.before")},
		"with an ID":    {func(ctx context.Context) error { return wireNow.With(dispatch.ID("order-17")).Call(ctx, true) }, nil},
		"expires late": {func(ctx context.Context) error {
			return wireNow.With(dispatch.Expire(200*365*24*time.Hour)).Call(ctx, true)
		}, nil},
		"expired":          {func(ctx context.Context) error { return wireNow.With(dispatch.Expire(time.Nanosecond)).Call(ctx, true) }, nil},
		"due":              {func(ctx context.Context) error { return wireNow.With(dispatch.Delay(time.Hour)).Call(ctx, true) }, nil},
		"struct":           {func(ctx context.Context) error { return wireWhole.Call(ctx, filled) }, nil},
		"struct zero":      {func(ctx context.Context) error { return wireWhole.Call(ctx, whole{}) }, nil},
		"struct that grew": {func(ctx context.Context) error { return wirePart.Call(ctx, part{1}) }, as("wire.whole")},
		"struct that will": {func(ctx context.Context) error { return wireWhole.Call(ctx, filled) }, as("wire.part")},
		"any": {func(ctx context.Context) error {
			return wireAny.Call(ctx, []any{1.5, "x", nil, true}, []byte{1}, map[string]any{"a": nil})
		}, nil},
		"any nil":             {func(ctx context.Context) error { return wireAny.Call(ctx, nil, nil, nil) }, nil},
		"variadic that came":  {func(ctx context.Context) error { return wireShort.Call(ctx, "x") }, as("wire.longer")},
		"variadic to come":    {func(ctx context.Context) error { return wireLonger.Call(ctx, "x") }, as("wire.short")},
		"variadic too soon":   {func(ctx context.Context) error { return wireLonger.Call(ctx, "x", part{1}) }, as("wire.short")},
		"a name nobody knows": {wireNone.Call, as("wire.gone")},
		"wrong signature":     {wireNone.Call, as("wire.plain")},
	} {
		file := filepath.Join(dir, fmt.Sprintf("%s.json", name))
		if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		q := new(faulty)
		var opts []dispatch.ClientOption
		if c.opt != nil {
			opts = append(opts, c.opt)
		}
		if err := c.call(dispatch.WithClient(t.Context(), dispatch.New(q, opts...))); err != nil {
			t.Fatal(err)
		}
		m := q.sent[0]
		text, err := stdjson.MarshalIndent(frozen{m.Attributes, m.Data, replay(t, m)}, "", "  ")
		if err == nil {
			err = errors.Join(os.MkdirAll(dir, 0o777), os.WriteFile(file, append(text, '\n'), 0o666))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
