package gcppubsub

import (
	"context"
	"errors"
	"net/url"
	"regexp"

	"cloud.google.com/go/pubsub/v2"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

func init() { transport.Register("gcppubsub", open) }

// topicPath is what follows projects in the URL of a topic. Pub/Sub refuses
// names with other characters.
var topicPath = regexp.MustCompile(`^/([a-zA-Z0-9.:_-]+)/topics/([a-zA-Z0-9._~+%-]+)$`)

func open(ctx context.Context, u *url.URL) (transport.Transport, error) {
	m := topicPath.FindStringSubmatch(u.Path)
	if u.Host != "projects" || m == nil || u.User != nil || u.RawQuery+u.Fragment != "" {
		return nil, errors.New("it names no topic (want gcppubsub://projects/PROJECT/topics/TOPIC)")
	}
	client, err := pubsub.NewClient(ctx, m[1])
	if err != nil {
		return nil, err
	}
	t := New(client, "projects"+u.Path)
	t.owned = true
	return t, nil
}
