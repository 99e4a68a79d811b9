package geo

import (
	"context"
	"fmt"
	"net/url"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var Endpoint string

type client struct{ base *url.URL }

var std *client

func start(ctx context.Context) error {
	u, err := url.ParseRequestURI(Endpoint)
	if err != nil {
		return fmt.Errorf("geo: %w", err)
	}
	std = &client{base: u}
	return nil
}

func init() { dispatch.OnStart(start) }

var Lookup = dispatch.Register(lookup)

func lookup(ctx context.Context, place string) error {
	fmt.Println("asked", std.base, "about", place)
	return nil
}
