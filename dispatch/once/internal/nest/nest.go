// Package nest finds an effect that is run within itself: it would wait for itself,
// or be taken for another delivery.
package nest

import (
	"context"
	"errors"
)

type contextKey string

var errNested = errors.New("once: the effect is run within itself (give each effect of a call a step of its own)")

// Enter returns a context for the effect of the given key, or an error if ctx is
// one already.
func Enter(ctx context.Context, key string) (context.Context, error) {
	if ctx.Value(contextKey(key)) != nil {
		return nil, errNested
	}
	return context.WithValue(ctx, contextKey(key), true), nil
}
