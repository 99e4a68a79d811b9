// Package bad registers functions whose arguments do not survive encoding, and
// passes values that do not survive to parameters of type any.
package bad

import (
	"context"
	"encoding/json"
	"io"
	"math/big"
	"sync"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

type (
	Options struct {
		Name   string
		Filter *Filter
	}
	Filter struct{ Match func(string) bool }

	endless *endless
	Holder  struct{ Next endless }

	secret struct{ password string }

	zoned struct {
		time.Time
		Zone string
	}
	guarded struct {
		sync.Mutex
		Count int
	}
	base   struct{ ID, Name string }
	shadow struct {
		base
		ID string
	}
	nullable struct{ *big.Int }
	Level    int
	Redacted string
	tagged   struct {
		At time.Time `json:"at,format:RFC3339"`
	}
	linked struct {
		*base
		Next *linked
	}
)

func (l Level) MarshalText() ([]byte, error)     { return []byte("level"), nil }
func (Redacted) MarshalJSON() ([]byte, error)    { return []byte(`"***"`), nil }
func (r *Redacted) UnmarshalText(b []byte) error { *r = Redacted(b); return nil }

var (
	Chan      = dispatch.Register(takeChan)     // want `^argument 2 of bad\.takeChan has type chan int, which cannot be encoded \(it is valid in this process only: send the data that it represents, or make it in the callee, in dispatch\.OnStart, and keep it in a package variable: docs/services\.md\)$`
	Endless   = dispatch.Register(takeEndless)  // want `^argument 1 of bad\.takeEndless: Holder\.Next has type bad\.endless, a pointer that leads only to pointers \(use a pointer to a value\)$`
	Path      = dispatch.Register(takeOptions)  // want `^argument 1 of bad\.takeOptions: Options\.Filter\.Match has type func\(string\) bool, which cannot be encoded`
	Variadic  = dispatch.Register(takeAll)      // want `argument 1 of bad\.takeAll: a key of it has type \*string, which is a different pointer in the callee`
	Secret    = dispatch.Register(takeSecret)   // want `argument 1 of bad\.takeSecret has type bad\.secret, which has no exported field`
	Zoned     = dispatch.Register(takeZoned)    // want `argument 1 of bad\.takeZoned has type bad\.zoned, which is encoded by the MarshalJSON of an embedded field: its other fields are lost \(give the embedded field a name\)`
	Guarded   = dispatch.Register(takeGuarded)  // want `argument 1 of bad\.takeGuarded: guarded\.Mutex has type sync\.Mutex, which has no exported field`
	Shadow    = dispatch.Register(takeShadow)   // want `argument 1 of bad\.takeShadow: shadow\.base\.ID has the JSON name "ID", which is used for shadow\.ID: the field is not encoded`
	Nullable  = dispatch.Register(takeNullable) // want `argument 1 of bad\.takeNullable has type bad\.nullable, which is decoded by the UnmarshalJSON of an embedded field: that field is nil in the callee`
	OneSided  = dispatch.Register(takeLevel)    // want `argument 1 of bad\.takeLevel has type bad\.Level, which has MarshalText but no decoding method: values may be lost \(add UnmarshalText, or, if the type is not yours, send its fields or a type of your own\)`
	Mixed     = dispatch.Register(takeRedacted) // want `argument 1 of bad\.takeRedacted has type bad\.Redacted, which is encoded by MarshalJSON but decoded by UnmarshalText \(add UnmarshalJSON, or, if the type is not yours`
	Reader    = dispatch.Register(takeReader)   // want `argument 1 of bad\.takeReader has type io\.Reader, an interface with methods` `argument 2 of bad\.takeReader: an element of it has type error, an interface with methods`
	Tagged    = dispatch.Register(takeTagged)   // want `argument 1 of bad\.takeTagged: tagged\.At has a json tag that encoding/json/v2 rejects: it has the option format`
	Linked    = dispatch.Register(takeLinked)   // want `argument 1 of bad\.takeLinked: linked\.Next\.base\.ID is reached through an embedded pointer to an unexported struct`
	Anything  = dispatch.Register(takeAnything)
	Something = dispatch.Register(takeSomething)
	Document  = dispatch.Register(takeDocument)
)

type document map[string]any

func takeChan(context.Context, int, chan int) error           { return nil }
func takeOptions(context.Context, Options) error              { return nil }
func takeAll(context.Context, ...map[*string]int) error       { return nil }
func takeSecret(context.Context, secret) error                { return nil }
func takeZoned(context.Context, zoned) error                  { return nil }
func takeGuarded(context.Context, *guarded) error             { return nil }
func takeShadow(context.Context, shadow) error                { return nil }
func takeNullable(context.Context, nullable) error            { return nil }
func takeLevel(context.Context, Level) error                  { return nil }
func takeRedacted(context.Context, Redacted) error            { return nil }
func takeReader(context.Context, io.Reader, ...[]error) error { return nil }
func takeTagged(context.Context, tagged) error                { return nil }
func takeLinked(context.Context, linked) error                { return nil }
func takeAnything(context.Context, ...any) error              { return nil }
func takeSomething(context.Context, string, any) error        { return nil }
func takeDocument(context.Context, document, []any) error     { return nil }
func two() (context.Context, string, int)                     { return nil, "", 0 }

func calls(ctx context.Context, v any, n json.Number) error {
	call := Anything.Call // want `Anything\.Call is used as a value: arguments for its parameters of type any cannot be checked \(call it directly\)`
	return join(
		call(ctx, 1),
		Anything.Call(ctx, "fine", 1),                                // want `^argument 2 of Anything\.Call is of type int and arrives as a float64 \(take a parameter of type int instead of any\)$`
		(Anything.Call)(ctx, time.Now()),                             // want `argument 1 of Anything\.Call is of type time\.Time and arrives as a map\[string\]any, or as its methods encode it`
		Anything.With().Call(ctx, v, 'r', n),                         // want `argument 1 of Anything\.With\(\)\.Call is of type any: its dynamic type cannot be checked` `argument 2 .* is of type rune and arrives as a float64` `argument 3 .* is of type json\.Number and arrives as a string`
		Something.Call(ctx, "s", &n),                                 // want `argument 2 of Something\.Call is of type \*json\.Number and arrives as the value that it points to`
		Something.Call(ctx, "s", any(1)),                             // want `argument 2 of Something\.Call is of type int`
		Something.Call(ctx, "s", []any{"a", map[string]any{"n": 1}}), // want `argument 2 of Something\.Call has an element that has an element that is of type int`
		Something.Call(ctx, "s", []string{"a"}),                      // want `argument 2 of Something\.Call is of type \[\]string and arrives as an \[\]any or a string`
		Something.Call(ctx, "s", map[int]any{}),                      // want `argument 2 of Something\.Call is of type map\[int\]any`
		Anything.Call(ctx, []any{"a", true, 'r'}...),                 // want `argument 1 of Anything\.Call has an element that is of type rune`
		Document.Call(ctx, document{"n": 1}, []any{2}),               // want `argument 1 of Document\.Call has an element that is of type int` `argument 2 of Document\.Call has an element that is of type int`
		Something.Call(two()),                                        // want `argument 2 of Something\.Call is of type int`
	)
}

func generic[T any](ctx context.Context, v T) error {
	return Something.Call(ctx, "s", v) // want `argument 2 of Something\.Call is of type T: its dynamic type cannot be checked`
}

func core[F func(context.Context, string, any) error](ctx context.Context, f *dispatch.Func[F]) error {
	return f.Call(ctx, "s", 3) // want `argument 2 of f\.Call is of type int`
}

func tilde[F interface {
	~func(context.Context, any) error
}](ctx context.Context, f *dispatch.Func[F]) error {
	return f.Call(ctx, 3) // want `argument 1 of f\.Call is of type int`
}

func join(...error) error { return nil }

func takeEndless(context.Context, *Holder) error { return nil }
