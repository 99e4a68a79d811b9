package dispatch_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

// A shade does not know its zero value.
type shade string

func (s shade) MarshalText() ([]byte, error) { return []byte(s), nil }
func (s *shade) UnmarshalText(b []byte) error {
	if *s = shade(b); len(b) == 0 {
		return errors.New("no shade")
	}
	return nil
}

var takesShade = dispatch.Register(takeShade)

func takeShade(context.Context, ...shade) error { return nil }

// A call with a value that its own decoder refuses publishes nothing, unless the client
// does not verify arguments.
func TestVerifyArguments(t *testing.T) {
	const want = "would not arrive: its UnmarshalText refuses this value (send a value that it accepts)"
	for _, verify := range []bool{true, false} {
		q := mem.New()
		ctx := dispatch.WithClient(t.Context(), dispatch.New(q, dispatch.VerifyArguments(verify)))
		if err := takesShade.Call(ctx, "dark"); err != nil {
			t.Errorf("verify %v: Call of a valid shade = %v", verify, err)
		}
		err := takesShade.Call(ctx, "dark", "")
		if (err != nil) != verify || err != nil && !strings.HasSuffix(err.Error(), want) {
			t.Errorf("verify %v: Call of no shade = %v, want an error that ends with %q if it verifies", verify, err, want)
		}
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	}
}
