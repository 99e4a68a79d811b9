package jobs

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/cobra/persistent_prerun/internal/db"
)

var Import = dispatch.Register(importFile)

func importFile(ctx context.Context, path string) error {
	return db.Conn.Exec("imported", path)
}
