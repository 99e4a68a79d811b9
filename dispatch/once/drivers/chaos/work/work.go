// Package work holds the functions that callees of the chaos test execute.
package work

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/once/oncesql"
)

// The environment variables of a callee.
const (
	Driver  = "CHAOS_DRIVER" // of database/sql
	Source  = "CHAOS_SOURCE" // of the driver
	Letters = "CHAOS_LETTERS"
	Journal = "CHAOS_JOURNAL"
)

// Schema creates the table of effects. It has no primary key, so only package once
// prevents an effect from happening twice.
const Schema = "CREATE TABLE effects (id VARCHAR(64) NOT NULL)"

// Secret is an argument that must appear only in the data of a letter.
const Secret = "s3cret"

// Dialects maps the names of drivers to their dialects.
var Dialects = map[string]oncesql.Dialect{"sqlite": oncesql.SQLite, "pgx": oncesql.Postgres}

var db *oncesql.DB

func init() { dispatch.OnStart(open) }

func open(ctx context.Context) error {
	driver := os.Getenv(Driver)
	pool, err := sql.Open(driver, os.Getenv(Source))
	if err != nil {
		return err
	}
	if driver == "sqlite" {
		pool.SetMaxOpenConns(1) // a connection that waits for another process polls
	}
	db = oncesql.New(pool, Dialects[driver])
	return pool.PingContext(ctx)
}

// The functions that callers and callees know in the same version.
var (
	Book   = dispatch.Register(book, dispatch.Timeout(2*time.Second))
	Refuse = dispatch.Register(refuse)
)

var errUnlucky = errors.New("bad luck")

// OneIn returns true at random, once in n times on average.
func OneIn(n int) bool { return rand.IntN(n) == 0 }

// book has the effect that must happen once. Before and after that, it fails at random
// in every way that a function can fail.
func book(ctx context.Context, _ int) error {
	if OneIn(200) {
		<-ctx.Done()
		return ctx.Err()
	}
	return db.Do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if OneIn(20) {
			return errUnlucky
		}
		info, _ := dispatch.FromContext(ctx)
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("INSERT INTO effects (id) VALUES ('%s')", info.ID)); err != nil {
			return err
		}
		switch {
		case OneIn(20):
			return errUnlucky
		case OneIn(40):
			panic("worse luck")
		}
		return nil
	})
}

func refuse(context.Context, int) error { return dispatch.Permanent(errors.New("no such order")) }
