package users

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/methods/right_connect/internal/db"
)

var Add = dispatch.Register(add)

func add(ctx context.Context, name string) error { return db.DB.Exec("inserted", name) }
