package db

import (
	"errors"
	"fmt"
)

type DB struct{ url string }

func (d *DB) Exec(q string, args ...any) error {
	fmt.Println(append([]any{q}, append(args, "into", d.url)...)...)
	return nil
}

var Conn *DB

func Connect(url string) error {
	if url == "" {
		return errors.New("db: no URL")
	}
	Conn = &DB{url: url}
	return nil
}
