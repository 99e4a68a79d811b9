package cloudtasks

import (
	"context"
	"errors"
	"net/url"
	"regexp"

	cloudtasks "cloud.google.com/go/cloudtasks/apiv2"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

func init() { transport.Register("cloudtasks", open) }

var queuePath = regexp.MustCompile(`^/([a-zA-Z0-9.:_-]+)/locations/([a-z0-9-]+)/queues/([a-zA-Z0-9-]+)$`)

// parse returns the queue and the target of u.
func parse(u *url.URL) (queue string, target Target, err error) {
	if u.Host != "projects" || !queuePath.MatchString(u.Path) || u.User != nil || u.Fragment != "" {
		return "", target, errors.New("the URL names no queue (want cloudtasks://projects/PROJECT/locations/LOCATION/queues/QUEUE?url=https://CALLEE&account=EMAIL)")
	}
	q := u.Query()
	target = Target{URL: q.Get("url"), Account: q.Get("account"), Audience: q.Get("audience")}
	for name, values := range q {
		if name != "url" && name != "account" && name != "audience" || len(values) > 1 {
			return "", target, errors.New("the query has an unknown or repeated parameter (use url, account and audience, each once)")
		}
	}
	callee, err := url.Parse(target.URL)
	if err != nil || callee.Host == "" || callee.Scheme != "https" && callee.Scheme != "http" {
		return "", target, errors.New("the query has no valid url (add ?url=https://CALLEE)")
	}
	return "projects" + u.Path, target, nil
}

func open(ctx context.Context, u *url.URL) (transport.Transport, error) {
	queue, target, err := parse(u)
	if err != nil {
		return nil, err
	}
	client, err := cloudtasks.NewClient(ctx)
	if err != nil {
		return nil, err
	}
	t := New(client, queue, target)
	t.owned = true
	return t, nil
}
