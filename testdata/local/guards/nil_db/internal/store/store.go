// Package store keeps customers.
package store

import (
	"context"
	"errors"
	"fmt"
)

var ErrNotInitialized = errors.New("store: not initialized")

// DB is opened by main.
var DB *Conn

type Conn struct{ dsn string }

func Open(dsn string) (*Conn, error) {
	if dsn == "" {
		return nil, errors.New("store: empty dsn")
	}
	return &Conn{dsn: dsn}, nil
}

func (c *Conn) Insert(ctx context.Context, to string) error {
	fmt.Println("stored", to)
	return nil
}

// Insert stores a customer.
func Insert(ctx context.Context, to string) error {
	if DB == nil {
		return ErrNotInitialized
	}
	return DB.Insert(ctx, to)
}
