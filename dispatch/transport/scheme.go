package transport

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// An Opener makes a T of a URL with its scheme. What it keeps longer than the
// call it takes from ctx's values only: ctx is not the program's.
type Opener[T any] func(ctx context.Context, u *url.URL) (T, error)

var (
	transports = schemes[Transport]{
		what:    "transport",
		example: "gcppubsub://projects/P/topics/T",
		bundled: []string{"cloudtasks", "gcppubsub", "mem"},
	}
	subscriptions = schemes[Subscription]{
		what:    "subscription",
		example: "gcppubsub://projects/P/subscriptions/S",
		bundled: []string{"gcppubsub"},
	}
)

// Register makes a scheme of transports known, usually in the init of the
// transport's package. It panics if the scheme is taken.
func Register(scheme string, open Opener[Transport]) { transports.register(scheme, open) }

// RegisterSubscription is Register for subscriptions.
func RegisterSubscription(scheme string, open Opener[Subscription]) {
	subscriptions.register(scheme, open)
}

// Open makes the transport that rawURL asks for. Its errors hold no user and no
// query of the URL.
func Open(ctx context.Context, rawURL string) (Transport, error) {
	return transports.open(ctx, rawURL)
}

// OpenSubscription is Open for subscriptions.
func OpenSubscription(ctx context.Context, rawURL string) (Subscription, error) {
	return subscriptions.open(ctx, rawURL)
}

// schemes are those by which a T is opened.
type schemes[T any] struct {
	what, example string
	bundled       []string // of the transports in the folders below this one

	mu      sync.Mutex
	openers map[string]Opener[T]
}

func (s *schemes[T]) register(scheme string, open Opener[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.openers[scheme]; taken {
		panic(fmt.Sprintf("dispatch: register %s %s: the scheme is taken", s.what, scheme))
	}
	if s.openers == nil {
		s.openers = make(map[string]Opener[T])
	}
	s.openers[scheme] = open
}

func (s *schemes[T]) open(ctx context.Context, rawURL string) (T, error) {
	var none T
	u, err := url.Parse(rawURL)
	if err != nil {
		// What url.Parse says may quote a password.
		return none, fmt.Errorf("the URL is malformed (want one such as %s)", s.example)
	}
	if u.Scheme == "" {
		return none, fmt.Errorf("the URL has no scheme (want one such as %s)", s.example)
	}
	s.mu.Lock()
	open, ok := s.openers[u.Scheme]
	s.mu.Unlock()
	if !ok {
		return none, s.unknown(u.Scheme)
	}
	t, err := open(ctx, u)
	if err != nil {
		return none, fmt.Errorf("%s://%s%s: %w", u.Scheme, u.Host, u.EscapedPath(), err)
	}
	return t, nil
}

const path = "github.com/cloud-functions-dispatch/go/dispatch/transport/"

func (s *schemes[T]) unknown(scheme string) error {
	if slices.Contains(s.bundled, scheme) {
		return fmt.Errorf("the transport of scheme %q is not linked (import _ %q in package main)", scheme, path+scheme)
	}
	return fmt.Errorf("scheme %q is that of no known %s (use %s, or import the transport that registers it)", scheme, s.what, strings.Join(s.bundled, " or "))
}
