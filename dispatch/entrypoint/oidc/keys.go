package oidc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	// leastPause is the least time between two requests for keys: whoever sends
	// tokens with wrong signatures causes no more than that.
	leastPause = 10 * time.Second

	// firstPause is that between requests until there are keys.
	firstPause = time.Second

	// maxKeys is the most bytes that a key set may have; Google's has 2 KiB.
	maxKeys = 1 << 20

	fetchTimeout = 10 * time.Second
)

// A fetcher is the HTTP transport of a key set. It asks the issuer rarely, reads a
// bounded answer, and repeats the last good one when the issuer has none.
type fetcher struct {
	mu    sync.Mutex
	asked time.Time
	good  []byte // the last key set with keys in it
	err   error  // of the last request, while there is no good set
}

// RoundTrip implements [http.RoundTripper].
func (f *fetcher) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	pause := leastPause
	if f.good == nil {
		pause = firstPause
	}
	if f.asked.IsZero() || time.Since(f.asked) >= pause {
		keys, err := fetch(r)
		if f.err = err; err == nil {
			f.good = keys
		}
		f.asked = time.Now()
	}
	if f.good == nil {
		return nil, f.err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(f.good)), Request: r,
	}, nil
}

// fetch returns a key set that has keys.
func fetch(r *http.Request) ([]byte, error) {
	resp, err := (&http.Client{Timeout: fetchTimeout}).Do(r.Clone(r.Context())) // which follows redirects
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the issuer answers with status %d", resp.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxKeys+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxKeys {
		return nil, fmt.Errorf("the key set has more than %d bytes", maxKeys)
	}
	if !hasKeys(text) {
		return nil, errors.New("the key set has no key that can be used")
	}
	return text, nil
}

// hasKeys reports whether text is a key set with a key of a known kind.
func hasKeys(text []byte) bool {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(text, &set) != nil {
		return false
	}
	for _, text := range set.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(text) == nil && key.Valid() {
			return true
		}
	}
	return false
}
