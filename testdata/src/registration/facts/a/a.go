package a // want package:`registers\(a.f calls\)`

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var F = dispatch.Register(f)

func f(context.Context) error { return nil }

func Call(ctx context.Context) error { return F.Call(ctx) }
