// Package store keeps customers.
package store

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"sync"
)

// DB is opened by main, or by the first use.
var DB *Conn

var mu sync.Mutex

type Conn struct{ dsn string }

func Open(dsn string) (*Conn, error) { return &Conn{dsn: cmp.Or(dsn, "postgres://localhost/app")}, nil }

func (c *Conn) Insert(ctx context.Context, to string) error {
	fmt.Println("stored", to)
	return nil
}

// Insert stores a customer.
func Insert(ctx context.Context, to string) error {
	mu.Lock()
	defer mu.Unlock()
	if DB == nil {
		var err error
		if DB, err = Open(os.Getenv("DATABASE_URL")); err != nil {
			return err
		}
	}
	return DB.Insert(ctx, to)
}
