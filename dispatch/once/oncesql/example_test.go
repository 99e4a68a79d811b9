package oncesql_test

import (
	"context"
	"database/sql"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/once/oncesql"
)

var orders *oncesql.DB

func init() { dispatch.OnStart(open) }

// open runs in the callee, once, before its first call.
func open(ctx context.Context) error {
	db, err := sql.Open("pgx", os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	orders = oncesql.New(db, oncesql.Postgres)
	return orders.Create(ctx) // the table of marks, if it is missing
}

var Ship = dispatch.Register(ship)

// ship changes the order and writes the mark in one transaction. A second delivery of
// the call finds the mark, and changes nothing.
func ship(ctx context.Context, order int) error {
	return orders.Do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE orders SET shipped = true WHERE id = $1", order)
		return err
	})
}

func ExampleDB_Do() {}
