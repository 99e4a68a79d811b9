// Package nest detects an effect that runs within itself. It would wait for itself, or
// be taken for another delivery.
package nest

import (
	"context"
	"errors"
)

type contextKey string

var errNested = errors.New("once: the effect runs within itself (give each effect of a call its own step)")

// Enter returns a context for the effect with the given key. It returns an error if ctx
// already is the context of that effect.
func Enter(ctx context.Context, key string) (context.Context, error) {
	if ctx.Value(contextKey(key)) != nil {
		return nil, errNested
	}
	return context.WithValue(ctx, contextKey(key), true), nil
}
