package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/onstart/config_dsn/internal/config"
)

type DB struct{ dsn string }

func open(dsn string) (*DB, error) {
	if !strings.Contains(dsn, "://") {
		return nil, fmt.Errorf("store: invalid dsn %q", dsn)
	}
	return &DB{dsn}, nil
}

var db *DB

func init() {
	dispatch.OnStart(func(ctx context.Context) (err error) {
		db, err = open(config.DSN)
		return err
	})
}

var Insert = dispatch.Register(insert)

func insert(ctx context.Context, id int) error {
	fmt.Println("inserted", id, "into", db.dsn)
	return nil
}
