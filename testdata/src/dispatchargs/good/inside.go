package good

import (
	"context"
	"encoding/json"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// An Event has values of type any inside.
type Event struct {
	Data    any
	Attrs   map[string]any
	Skipped any `json:"-"`
	quiet   any
}

var Log = dispatch.Register(takeEvent)

func takeEvent(context.Context, Event) error { return nil }

func inside(ctx context.Context, n int, s string, given Event, data []byte) error {
	var v any = n
	v = float64(n)
	m := map[string]any{"n": n}
	m = map[string]any{"n": 1.5, "list": []any{nil, true}, "given": given.Data}
	local := given
	local.Skipped = n
	var parsed any
	if err := json.Unmarshal(data, &parsed); err != nil {
		return err
	}
	var list []any
	for _, s := range []string{"a", "b"} {
		list = append(list, s)
	}
	var early any = "a"
	if n < 0 {
		early = n
		println(early)
		return nil
	}
	l := []any{n, s}
	l[0] = s
	kept := map[string]any{"n": n, "m": n}
	kept["n"] = float64(n)
	delete(kept, "m")
	ev := Event{Data: n}
	ev.Data = s
	late := &Event{}
	defer func() { late.Data = n }()
	after := Event{}
	defer func() { after.Data = n }()
	for _, err := range []error{
		Log.Call(ctx, given),
		Log.Call(ctx, local),
		Log.Call(ctx, Event{Data: v, Attrs: m, Skipped: n, quiet: n}),
		Log.Call(ctx, Event{Data: given.Data}),
		Any.Call(ctx, parsed, v, early),
		Log.Call(ctx, Event{1.5, nil, n, n}),
		Log.Call(ctx, wrap(s)),
		Log.Call(ctx, Event{Data: l, Attrs: kept}),
		Log.Call(ctx, ev),
		Log.Call(ctx, *late),
		Any.Call(ctx, "x", list...),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// wrap has a value of a type that is not known.
func wrap[T any](v T) Event { return Event{Attrs: map[string]any{"v": v}} }

func logged[T any](ctx context.Context, v T) error {
	return Log.Call(ctx, Event{Attrs: map[string]any{"v": v}})
}
