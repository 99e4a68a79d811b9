package dispatch_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

// A Priority is "low" or "high".
type Priority string

func (p *Priority) UnmarshalText(text []byte) error {
	if *p = Priority(text); *p != "low" && *p != "high" {
		return errors.New("no such priority")
	}
	return nil
}

var Escalate = dispatch.Register(escalate)

func escalate(ctx context.Context, priority Priority, text string) error { return nil }

func ExampleVerifyArguments() {
	ctx := dispatch.WithClient(context.Background(), dispatch.New(mem.New()))
	if err := Escalate.Call(ctx, "", "hello"); err != nil {
		fmt.Println(errors.Unwrap(err))
	}
	// With VerifyArguments(false), only the callee would find the mistake.

	// Output: argument 1 (dispatch_test.Priority) would not arrive: its UnmarshalText refuses this value (send a value that it accepts)
}
