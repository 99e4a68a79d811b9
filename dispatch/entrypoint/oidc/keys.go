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
	// minPause is the least time between two requests for keys. It limits the requests
	// that a sender of wrong signatures can cause.
	minPause = 10 * time.Second

	// firstPause is the pause between requests until there are keys.
	firstPause = time.Second

	// maxKeys limits the bytes of a key set. Google's has 2 KiB.
	maxKeys = 1 << 20

	fetchTimeout = 10 * time.Second
)

// A fetcher is the HTTP transport for a key set. It limits how often the issuer is asked,
// and how much it reads. If the issuer does not answer with a key set, the fetcher returns
// the last good one.
type fetcher struct {
	mu    sync.Mutex
	asked time.Time
	good  []byte // the last key set with keys in it
	err   error  // the error of the last request
}

// RoundTrip implements [http.RoundTripper].
func (f *fetcher) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	pause := minPause
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

// fetch requests a key set, and returns an error if it has no usable key.
func fetch(r *http.Request) ([]byte, error) {
	resp, err := (&http.Client{Timeout: fetchTimeout}).Do(r.Clone(r.Context())) // follows redirects, unlike a transport
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the issuer answered with status %d", resp.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxKeys+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxKeys {
		return nil, fmt.Errorf("the key set has more than %d bytes", maxKeys)
	}
	if !hasKeys(text) {
		return nil, errors.New("the key set has no usable key")
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
