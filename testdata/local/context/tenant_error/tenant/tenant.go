package tenant

import (
	"context"
	"errors"
)

type ctxKey int

const tenantKey ctxKey = iota

var ErrNone = errors.New("no tenant in context")

func With(ctx context.Context, t string) context.Context { return context.WithValue(ctx, tenantKey, t) }

func From(ctx context.Context) (string, error) {
	t, ok := ctx.Value(tenantKey).(string)
	if !ok {
		return "", ErrNone
	}
	return t, nil
}
