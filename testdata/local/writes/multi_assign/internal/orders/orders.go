package orders

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

type Handle interface {
	Insert(ctx context.Context, id int) error
}

type sqlite struct{ file string }

func (s *sqlite) Insert(ctx context.Context, id int) error {
	fmt.Println("insert", id, "into", s.file)
	return nil
}

// DB is the database.
var DB Handle

func Open(file string) (Handle, error) { return &sqlite{file}, nil }

var Save = dispatch.Register(save)

func save(ctx context.Context, id int) error { return DB.Insert(ctx, id) }
