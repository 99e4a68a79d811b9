package oidc

import (
	"crypto/rand"
	"crypto/rsa"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// TestFetcher: if an issuer's answer is not a key set, the fetcher returns the last good
// one. It does not read more than maxKeys, and respects the pause between requests.
func TestFetcher(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	jwk, err := (&jose.JSONWebKey{Key: key.Public(), KeyID: "k", Algorithm: "RS256"}).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	good := `{"keys":[` + string(jwk) + `]}`
	var asked, sent atomic.Int64
	var serve func(w http.ResponseWriter)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		serve(w)
	}))
	defer srv.Close()
	f := new(fetcher)
	get := func() (string, error) {
		t.Helper()
		r, err := http.NewRequest(http.MethodGet, srv.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := f.RoundTrip(r)
		if err != nil {
			return "", err
		}
		text, err := io.ReadAll(resp.Body)
		return string(text), err
	}
	text := func(status int, body string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	bad := map[string]func(http.ResponseWriter){
		"an error page":     text(http.StatusInternalServerError, "s3cret page"),
		"no JSON":           text(http.StatusOK, "s3cret page"),
		"an empty set":      text(http.StatusOK, `{"keys":[]}`),
		"no set":            text(http.StatusOK, `{}`),
		"null":              text(http.StatusOK, `null`),
		"an unknown key":    text(http.StatusOK, `{"keys":[{"kty":"EC","crv":"secp256k1","kid":"k","x":"AA","y":"AA"}]}`),
		"a key without any": text(http.StatusOK, `{"keys":[{}]}`),
		"an endless page": func(w http.ResponseWriter) {
			for range 64 {
				n, err := io.WriteString(w, strings.Repeat(" ", 1<<20))
				if sent.Add(int64(n)); err != nil {
					return
				}
			}
		},
	}
	for name, answer := range bad {
		serve, f.asked = answer, time.Time{}
		if got, err := get(); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s before any key: %q, %v; want an error that does not quote it", name, got, err)
		}
	}
	serve, f.asked = text(http.StatusOK, good), time.Time{}
	if got, err := get(); got != good || err != nil {
		t.Fatalf("a good set: %q, %v", got, err)
	}
	for name, answer := range bad {
		serve, f.asked = answer, time.Time{}
		if got, err := get(); got != good || err != nil {
			t.Errorf("%s after a good set: %.100q, %v; want the good one", name, got, err)
		}
	}
	if n := sent.Load(); n > 32<<20 {
		t.Errorf("%d bytes of an endless page were read, want about %d", n, maxKeys)
	}
	before := asked.Load()
	for range 50 {
		if got, err := get(); got != good || err != nil {
			t.Errorf("within the pause: %.100q, %v; want the good set", got, err)
		}
	}
	if n := asked.Load(); n != before {
		t.Errorf("within the pause the issuer was asked %d times, want none", n-before)
	}
}
