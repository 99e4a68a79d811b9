package cleanup

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/flags/pflag_set/internal/db"
)

var Delete = dispatch.Register(deleteOne)

func deleteOne(ctx context.Context, id int) error { return db.Exec(ctx, "deleted", id) }
