package transport

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// An Opener opens a T from a URL with its scheme. The T must outlive ctx: it may keep
// the values of ctx, but not its cancellation.
type Opener[T any] func(ctx context.Context, u *url.URL) (T, error)

var (
	transports = schemes[Transport]{
		kind:    "transport",
		example: "gcppubsub://projects/P/topics/T or sqs://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE",
		bundled: []string{"cloudtasks", "gcppubsub", "mem", "pubsubrest", "sqs"},
	}
	subscriptions = schemes[Subscription]{
		kind:    "subscription",
		example: "gcppubsub://projects/P/subscriptions/S or sqs://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE",
		bundled: []string{"gcppubsub", "sqs"},
	}
)

// Register registers the opener of a transport scheme. Call it in the init of the
// transport's package. It panics if the scheme is taken.
func Register(scheme string, open Opener[Transport]) { transports.register(scheme, open) }

// RegisterSubscription is like Register, but for subscriptions.
func RegisterSubscription(scheme string, open Opener[Subscription]) {
	subscriptions.register(scheme, open)
}

// Open opens the transport of rawURL. Its errors contain neither the user nor the query
// of the URL.
func Open(ctx context.Context, rawURL string) (Transport, error) {
	return transports.open(ctx, rawURL)
}

// OpenSubscription is like Open, but for subscriptions.
func OpenSubscription(ctx context.Context, rawURL string) (Subscription, error) {
	return subscriptions.open(ctx, rawURL)
}

// A schemes value maps URL schemes to the openers of a T.
type schemes[T any] struct {
	kind, example string
	bundled       []string // schemes of the transports in the subfolders

	mu      sync.Mutex
	openers map[string]Opener[T]
}

func (s *schemes[T]) register(scheme string, open Opener[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.openers[scheme]; taken {
		panic(fmt.Sprintf("dispatch: register %s %s: the scheme is taken", s.kind, scheme))
	}
	if s.openers == nil {
		s.openers = make(map[string]Opener[T])
	}
	s.openers[scheme] = open
}

func (s *schemes[T]) open(ctx context.Context, rawURL string) (T, error) {
	var zero T
	u, err := url.Parse(rawURL)
	if err != nil {
		// An error of url.Parse may quote a password.
		return zero, fmt.Errorf("the URL is malformed (want a URL such as %s)", s.example)
	}
	if u.Scheme == "" {
		if slices.Contains(s.bundled, rawURL) {
			return zero, fmt.Errorf("the URL has no colon after its scheme (want %s:)", rawURL)
		}
		return zero, fmt.Errorf("the URL has no scheme (want a URL such as %s)", s.example)
	}
	s.mu.Lock()
	open, ok := s.openers[u.Scheme]
	s.mu.Unlock()
	if !ok {
		return zero, s.unknown(u.Scheme)
	}
	t, err := open(ctx, u)
	if err != nil {
		return zero, fmt.Errorf("%s://%s%s: %w", u.Scheme, u.Host, u.EscapedPath(), err)
	}
	return t, nil
}

const importPrefix = "github.com/cloud-functions-dispatch/go/dispatch/transport/"

// unknown returns the error for a scheme that is not registered.
func (s *schemes[T]) unknown(scheme string) error {
	if slices.Contains(s.bundled, scheme) {
		return fmt.Errorf("the transport of scheme %q is not linked (import _ %q in package main)", scheme, importPrefix+scheme)
	}
	if scheme == "https" || scheme == "http" {
		return fmt.Errorf("no known %s has the scheme %q (for a queue of SQS write sqs:// instead, as in sqs://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE)", s.kind, scheme)
	}
	return fmt.Errorf("no known %s has the scheme %q (use %s, or import the transport that registers it)", s.kind, scheme, strings.Join(s.bundled, " or "))
}
