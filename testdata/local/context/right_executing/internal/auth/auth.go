package auth

import (
	"context"
	"net/http"
	"strings"
)

type User struct{ Name string }

type key struct{}

// FromContext returns the user in ctx.
func FromContext(ctx context.Context) *User {
	u, _ := ctx.Value(key{}).(*User)
	return u
}

func NewContext(ctx context.Context, u *User) context.Context {
	return context.WithValue(ctx, key{}, u)
}

func Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		next.ServeHTTP(w, r.WithContext(NewContext(r.Context(), &User{name})))
	})
}
