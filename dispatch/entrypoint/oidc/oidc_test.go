package oidc_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	coreos "github.com/coreos/go-oidc/v3/oidc"
	"github.com/coreos/go-oidc/v3/oidc/oidctest"
	"go.uber.org/goleak"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/oidc"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	F   = dispatch.Register(f)
	ran atomic.Int32
)

func f(context.Context) error { ran.Add(1); return nil }

const (
	audience = "https://callee.example.com"
	email    = "pusher@p.iam.gserviceaccount.com"
)

// An issuer makes tokens.
type issuer struct {
	url string
	key *rsa.PrivateKey
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s := &oidctest.Server{PublicKeys: []oidctest.PublicKey{{PublicKey: key.Public(), KeyID: "k", Algorithm: coreos.RS256}}}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	s.SetIssuer(srv.URL)
	return &issuer{srv.URL, key}
}

// token returns a signed token with good claims, changed by edit.
func (i *issuer) token(t *testing.T, keyID string, edit map[string]any) string {
	t.Helper()
	claims := map[string]any{
		"iss": i.url, "aud": audience, "sub": "1", "email": email, "email_verified": true,
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	}
	maps.Copy(claims, edit)
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	return oidctest.SignIDToken(i.key, keyID, coreos.RS256, string(text))
}

// keys returns the URL of the issuer's key set, from its discovery document.
func (i *issuer) keys(t *testing.T) string {
	t.Helper()
	resp, err := http.Get(i.url + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	defer http.DefaultClient.CloseIdleConnections()
	var d struct {
		JWKS string `json:"jwks_uri"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&d); err != nil {
		t.Fatal(err)
	}
	return d.JWKS
}

// A call is executed only with a valid token of the issuer, for the audience and the
// account. Other requests are refused before their body is read.
func TestIssuer(t *testing.T) {
	is, other := newIssuer(t), newIssuer(t)
	auth, err := oidc.Issuer(is.url, is.keys(t), audience, "another@p.iam.gserviceaccount.com", email)
	if err != nil {
		t.Fatal(err)
	}
	good := is.token(t, "k", nil)
	part := func(token string, i int) string { return strings.Split(token, ".")[i] }
	b64 := base64.RawURLEncoding.EncodeToString
	cases := map[string]struct {
		authorization string
		status        int
	}{
		"good":                         {"Bearer " + good, http.StatusNoContent},
		"good, lower case":             {"bearer " + good, http.StatusNoContent},
		"none":                         {"", http.StatusUnauthorized},
		"no token":                     {"Bearer ", http.StatusUnauthorized},
		"another scheme":               {"Basic " + good, http.StatusUnauthorized},
		"no scheme":                    {good, http.StatusUnauthorized},
		"nonsense":                     {"Bearer x.y.z", http.StatusUnauthorized},
		"another audience":             {"Bearer " + is.token(t, "k", map[string]any{"aud": "https://other.example.com"}), http.StatusUnauthorized},
		"another account":              {"Bearer " + is.token(t, "k", map[string]any{"email": "mallory@example.com"}), http.StatusUnauthorized},
		"an account not verified":      {"Bearer " + is.token(t, "k", map[string]any{"email_verified": false}), http.StatusUnauthorized},
		"no account":                   {"Bearer " + is.token(t, "k", map[string]any{"email": ""}), http.StatusUnauthorized},
		"claims of another form":       {"Bearer " + is.token(t, "k", map[string]any{"email": 1}), http.StatusUnauthorized},
		"expired":                      {"Bearer " + is.token(t, "k", map[string]any{"exp": time.Now().Add(-time.Minute).Unix()}), http.StatusUnauthorized},
		"another issuer":               {"Bearer " + other.token(t, "k", nil), http.StatusUnauthorized},
		"another issuer that pretends": {"Bearer " + other.token(t, "k", map[string]any{"iss": is.url}), http.StatusUnauthorized},
		"an unknown key":               {"Bearer " + is.token(t, "k2", nil), http.StatusUnauthorized},
		"without its signature":        {"Bearer " + part(good, 0) + "." + part(good, 1) + ".SIGNATURE_REMOVED_BY_GOOGLE", http.StatusUnauthorized},
		"no algorithm":                 {"Bearer " + b64([]byte(`{"alg":"none"}`)) + "." + part(good, 1) + ".", http.StatusUnauthorized},
		"signed by the public key":     {"Bearer " + b64([]byte(`{"alg":"HS256","kid":"k"}`)) + "." + part(good, 1) + "." + b64([]byte("x")), http.StatusUnauthorized},
	}
	var log bytes.Buffer
	h := push.NewHandler(auth, entrypoint.Logger(slog.New(slog.NewTextHandler(&log, nil))))
	for name, c := range cases {
		before := ran.Load()
		body := &counted{r: strings.NewReader("[]")}
		r := httptest.NewRequest(http.MethodPost, "/", body)
		for k, v := range map[string]string{"Ce-Specversion": "1.0", "Ce-Type": "dev.cloudfunctions.dispatch.call.v1", "Ce-Id": "1", "Ce-Source": "x", "Ce-Subject": F.Name(), "Authorization": c.authorization} {
			r.Header.Set(k, v)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if runs := ran.Load() > before; w.Code != c.status || runs != (c.status == http.StatusNoContent) {
			t.Errorf("%s: %d %s; ran: %v; want %d", name, w.Code, w.Body, runs, c.status)
		}
		if c.status != http.StatusNoContent && (body.n > 0 || w.Header().Get("WWW-Authenticate") != "Bearer") {
			t.Errorf("%s: %d bytes of the body were read, with the header %v; want none, and a challenge", name, body.n, w.Header())
		}
	}
	if strings.Contains(log.String(), part(good, 1)) || !strings.Contains(log.String(), "reason=unauthenticated") {
		t.Errorf("the log is %s; want the reason, and no token", &log)
	}
}

// Tokens with wrong signatures do not cause a request to the issuer each time, and all
// refused senders get the same answer.
func TestIssuer_strangers(t *testing.T) {
	is, other := newIssuer(t), newIssuer(t)
	keys := is.keys(t)
	var asked atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Redirect(w, r, keys, http.StatusFound)
	}))
	defer srv.Close()
	auth, err := oidc.Issuer(is.url, srv.URL, audience, email)
	if err != nil {
		t.Fatal(err)
	}
	h := push.NewHandler(auth, entrypoint.Logger(slog.New(slog.DiscardHandler)))
	answer := ""
	for i := range 50 {
		for _, token := range []string{other.token(t, "k", map[string]any{"iss": is.url}), is.token(t, "k", map[string]any{"email": "mallory@example.com"}), "x.y.z"} {
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("[]"))
			r.Header.Set("Authorization", "Bearer "+token)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if answer == "" {
				answer = w.Body.String()
			}
			if w.Code != http.StatusUnauthorized || w.Body.String() != answer || strings.Contains(answer, "token") || w.Header().Get("Connection") != "close" {
				t.Fatalf("request %d: %d %q %v, want 401, %q, and the connection closed", i, w.Code, w.Body, w.Header(), answer)
			}
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("the issuer was asked for its keys %d times, want once", n)
	}
	http.DefaultClient.CloseIdleConnections()
}

// If the keys cannot be fetched, all tokens are refused.
func TestIssuer_noKeys(t *testing.T) {
	is := newIssuer(t)
	auth, err := oidc.Issuer(is.url, is.url+"/nowhere", audience, email)
	if err != nil {
		t.Fatal(err)
	}
	if err := executor.Must(executor.New(auth)).Authenticate(t.Context(), "Bearer "+is.token(t, "k", nil)); err == nil {
		t.Error("Authenticate without keys = nil, want an error")
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestIssuer_refuses(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"the issuer":          {"", "k", "a", "e"},
		"the URL of its keys": {"i", "", "a", "e"},
		"the audience":        {"i", "k", "", "e"},
		"there is no email":   {"i", "k", "a"},
		"or an empty email":   {"i", "k", "a", ""},
	} {
		if _, err := oidc.Issuer(args[0], args[1], args[2], args[3:]...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Issuer(%q) = %v, want an error about %s", args, err, want)
		}
	}
	if _, err := oidc.Google("https://x", "a@b.c"); err != nil {
		t.Error(err)
	}
}

// A counted reader counts the bytes that were read.
type counted struct {
	r io.Reader
	n int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}
