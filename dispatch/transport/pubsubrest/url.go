package pubsubrest

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"regexp"

	"golang.org/x/oauth2/google"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

func init() { transport.Register("pubsubrest", open) }

// topicPath is the path of a URL after projects. Pub/Sub refuses names with other
// characters.
var topicPath = regexp.MustCompile(`^/[a-zA-Z0-9.:_-]+/topics/[a-zA-Z0-9._~+%-]+$`)

// scope is the right to use Pub/Sub.
const scope = "https://www.googleapis.com/auth/pubsub"

func open(ctx context.Context, u *url.URL) (transport.Transport, error) {
	if u.Host != "projects" || u.User != nil || u.RawQuery+u.Fragment != "" || !topicPath.MatchString(u.Path) {
		return nil, errors.New("the URL names no topic (want pubsubrest://projects/PROJECT/topics/TOPIC)")
	}
	client, endpoint, err := connect(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	t := New(client, endpoint, "projects"+u.Path)
	t.owned = true
	return t, nil
}

// connect returns a client with the default credentials, or one of the emulator.
func connect(ctx context.Context) (client *http.Client, endpoint string, err error) {
	if host := os.Getenv("PUBSUB_EMULATOR_HOST"); host != "" {
		return &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}, "http://" + host, nil
	}
	client, err = google.DefaultClient(ctx, scope)
	return client, "", err
}
