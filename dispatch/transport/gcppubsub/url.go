package gcppubsub

import (
	"context"
	"errors"
	"net/url"
	"regexp"

	"cloud.google.com/go/pubsub/v2"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

func init() {
	transport.Register("gcppubsub", open)
	transport.RegisterSubscription("gcppubsub", openSubscription)
}

// The path of a URL after projects. Pub/Sub refuses names with other characters.
var (
	topicPath        = regexp.MustCompile(`^/([a-zA-Z0-9.:_-]+)/topics/([a-zA-Z0-9._~+%-]+)$`)
	subscriptionPath = regexp.MustCompile(`^/([a-zA-Z0-9.:_-]+)/subscriptions/([a-zA-Z0-9._~+%-]+)$`)
)

// project returns the project of u if the path of u matches form.
func project(u *url.URL, form *regexp.Regexp) (string, bool) {
	m := form.FindStringSubmatch(u.Path)
	if u.Host != "projects" || m == nil || u.User != nil || u.RawQuery+u.Fragment != "" {
		return "", false
	}
	return m[1], true
}

func open(ctx context.Context, u *url.URL) (transport.Transport, error) {
	p, ok := project(u, topicPath)
	if !ok {
		return nil, errors.New("the URL names no topic (want gcppubsub://projects/PROJECT/topics/TOPIC)")
	}
	client, err := pubsub.NewClient(ctx, p)
	if err != nil {
		return nil, err
	}
	t := New(client, "projects"+u.Path)
	t.owned = true
	return t, nil
}

func openSubscription(ctx context.Context, u *url.URL) (transport.Subscription, error) {
	p, ok := project(u, subscriptionPath)
	if !ok {
		return nil, errors.New("the URL names no subscription (want gcppubsub://projects/PROJECT/subscriptions/SUBSCRIPTION)")
	}
	client, err := pubsub.NewClient(ctx, p)
	if err != nil {
		return nil, err
	}
	s := NewSubscription(client, "projects"+u.Path)
	s.owned = true
	return s, nil
}
