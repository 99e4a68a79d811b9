package auth

import (
	"context"
	"net/http"
	"strings"
)

type User struct{ Name string }

type key struct{}

// FromContext returns the user that Middleware has found.
func FromContext(ctx context.Context) *User {
	u, _ := ctx.Value(key{}).(*User)
	return u
}

func Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok {
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, &User{name})))
	})
}
