package notes

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/onstart/right_list/internal/config"
	_ "example.com/local/onstart/right_list/internal/memdb"
)

var db *sql.DB

func init() {
	for _, fn := range []func(context.Context) error{config.Load, connect} {
		dispatch.OnStart(fn)
	}
}

func connect(ctx context.Context) (err error) {
	if db, err = sql.Open("memdb", config.Get().DSN); err != nil {
		return err
	}
	return db.PingContext(ctx)
}

// Open is for programs that are no callee.
func Open(ctx context.Context) error { return connect(ctx) }

var Save = dispatch.Register(save)

func save(ctx context.Context, text string) error {
	if _, err := db.ExecContext(ctx, "INSERT INTO notes VALUES (?)", text); err != nil {
		return err
	}
	fmt.Println("saved", text)
	return nil
}
