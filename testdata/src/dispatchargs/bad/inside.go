package bad

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// An Event has values of type any inside.
type Event struct {
	Name  string
	Data  any
	Attrs map[string]any
	List  []any
	Sub   *Event
}

var (
	Log  = dispatch.Register(takeEvent)
	Logs = dispatch.Register(takeEvents)
)

func takeEvent(context.Context, *Event) error                     { return nil }
func takeEvents(context.Context, []Event, map[string]Event) error { return nil }

func inside(ctx context.Context, n int, unknown any) error {
	m := map[string]any{"n": 3} // want `argument 1 of Log\.Call has an element that has an element that is of type int and arrives as a float64`
	list := []any{"a"}
	list = append(list, n) // want `argument 1 of Anything\.Call has an element that is of type int and arrives as a float64`
	event := Event{Name: "a"}
	event.Sub = &Event{}
	event.Sub.Data = n // want `argument 1 of Log\.Call has an element that is of type int`
	attrs := make(map[string]any)
	attrs["n"] = n // want `argument 1 of Log\.Call has an element that has an element that is of type int`
	var v any = n  // want `argument 2 of Something\.Call is of type int`
	var either any = "a"
	if n > 0 {
		either = n // want `argument 2 of Something\.Call is of type int`
	}
	for i := range n {
		if err := Something.Call(ctx, "s", either); err != nil {
			return err
		}
		either = i // want `argument 2 of Something\.Call is of type int`
	}
	near := Event{Name: "a"}
	near.Data = n // want `argument 1 of Log\.Call has an element that is of type int`
	near.Sub = nil
	arr := [2]any{n, "s"} // want `argument 1 of Anything\.Call has an element that is of type int`
	rest := []any{"a"}
	return join(
		Anything.Call(ctx, arr[:]...),
		Log.Call(ctx, &near),
		Anything.Call(ctx, append(rest, n)...),                                     // want `argument 1 of Anything\.Call is of type int`
		Log.Call(ctx, &Event{Data: n}),                                             // want `argument 1 of Log\.Call has an element that is of type int and arrives as a float64`
		Log.Call(ctx, &Event{Data: map[string]any{"n": 3}}),                        // want `argument 1 of Log\.Call has an element that has an element that is of type int`
		Log.Call(ctx, &Event{Sub: &Event{List: []any{1.5, []any{true, 'r'}}}}),     // want `argument 1 of Log\.Call has an element that has an element that has an element that has an element that is of type rune`
		Log.Call(ctx, &Event{"a", n, nil, nil, nil}),                               // want `argument 1 of Log\.Call has an element that is of type int`
		Logs.Call(ctx, []Event{{Data: n}}, map[string]Event{"a": {Data: []int{}}}), // want `argument 1 of Logs\.Call` `argument 2 of Logs\.Call`
		Log.Call(ctx, &Event{Attrs: m}),
		Anything.Call(ctx, list...),
		Log.Call(ctx, &event),
		Log.Call(ctx, &Event{Attrs: attrs}),
		Something.Call(ctx, "s", v),
		Something.Call(ctx, "s", either),
		Something.Call(ctx, "s", unknown), // want `argument 2 of Something\.Call is of type any: its dynamic type cannot be checked`
	)
}
