package jobs

import (
	"context"
	"database/sql"
	"errors"
	"os"

	_ "modernc.org/sqlite"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/once/oncesql"
)

// Pay has an effect that must happen once for each call.
var Pay = dispatch.Register(pay)

// Payments creates the table of the effects. It has no primary key, so only package once
// prevents an effect from happening twice.
const Payments = "CREATE TABLE payments (id TEXT NOT NULL)"

var db *oncesql.DB

func init() { dispatch.OnStart(open) }

// open opens the database that JOBS_DB names.
func open(ctx context.Context) error {
	pool, err := sql.Open("sqlite", os.Getenv("JOBS_DB"))
	if err != nil {
		return err
	}
	pool.SetMaxOpenConns(1) // a connection that waits for another one polls
	db = oncesql.New(pool, oncesql.SQLite)
	return pool.PingContext(ctx)
}

// pay records a payment, and then does as mode says.
func pay(ctx context.Context, mode string) error {
	info, _ := dispatch.FromContext(ctx)
	return db.Do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO payments (id) VALUES (?)", info.ID); err != nil {
			return err
		}
		switch {
		case mode == "fail" && info.Attempt == 1:
			return errors.New("the first attempt fails")
		case mode == "panic" && info.Attempt == 1:
			panic("the first attempt panics")
		}
		return nil
	})
}
