package transport

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// An Opener makes a transport of a URL with its scheme. What it keeps longer
// than the call it takes from ctx's values only: ctx is not the program's.
type Opener func(ctx context.Context, u *url.URL) (Transport, error)

var schemes = struct {
	sync.Mutex
	openers map[string]Opener
}{openers: make(map[string]Opener)}

// Register makes a scheme known, usually in the init of the transport's
// package. It panics if the scheme is taken.
func Register(scheme string, open Opener) {
	schemes.Lock()
	defer schemes.Unlock()
	if _, taken := schemes.openers[scheme]; taken {
		panic(fmt.Sprintf("dispatch: register transport %s: the scheme is taken", scheme))
	}
	schemes.openers[scheme] = open
}

// bundled are the schemes of the transports in the folders below this one.
var bundled = []string{"gcppubsub", "mem"}

const path = "github.com/cloud-functions-dispatch/go/dispatch/transport/"

// Open makes the transport that rawURL asks for. Its errors hold no user and no
// query of the URL.
func Open(ctx context.Context, rawURL string) (Transport, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		// What url.Parse says may quote a password.
		return nil, errors.New("the URL is malformed (want one such as gcppubsub://projects/P/topics/T)")
	}
	if u.Scheme == "" {
		return nil, errors.New("the URL has no scheme (want one such as gcppubsub://projects/P/topics/T)")
	}
	schemes.Lock()
	open, ok := schemes.openers[u.Scheme]
	schemes.Unlock()
	if !ok {
		return nil, unknown(u.Scheme)
	}
	t, err := open(ctx, u)
	if err != nil {
		return nil, fmt.Errorf("%s://%s%s: %w", u.Scheme, u.Host, u.EscapedPath(), err)
	}
	return t, nil
}

func unknown(scheme string) error {
	if slices.Contains(bundled, scheme) {
		return fmt.Errorf("the transport of scheme %q is not linked (import _ %q in package main)", scheme, path+scheme)
	}
	return fmt.Errorf("scheme %q is unknown (use %s, or import the transport that registers it)", scheme, strings.Join(bundled, " or "))
}
