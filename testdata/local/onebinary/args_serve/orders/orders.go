package orders

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

type DB struct{ name string }

func (d *DB) Insert(id string) { fmt.Println("stored order", id, "in", d.name) }

var Conn *DB

func Open(name string) *DB { return &DB{name: name} }

var Store = dispatch.Register(store)

func store(ctx context.Context, id string) error {
	Conn.Insert(id)
	return nil
}
