package db

import (
	"context"
	"fmt"
	"net/url"

	"github.com/spf13/pflag"
)

type options struct{ url string }

var opts options

func init() {
	pflag.StringVar(&opts.url, "db-url", "", "URL of the database")
}

func Exec(ctx context.Context, what string, id int) error {
	u, err := url.Parse(opts.url)
	if err != nil || u.Scheme == "" {
		return fmt.Errorf("db: bad URL %q", opts.url)
	}
	fmt.Println(what, id, "in", u)
	return nil
}
