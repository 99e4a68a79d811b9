package c // want package:`registers\(a.f c.f calls\)`

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"

	_ "example.com/fixtures/src/registration/facts/b"
)

var F = dispatch.Register(f)

func f(context.Context) error { return nil }
