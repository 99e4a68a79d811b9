package orders

import (
	"context"
	"database/sql"
	"errors"
	"os"

	_ "modernc.org/sqlite" // the driver

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/once/oncesql"
)

// In the callee, these are open before the first call. The service does not use them:
// it opens its own.
var (
	db    *sql.DB
	calls *oncesql.DB // the same database, with marks for calls that have had their effect
)

func init() {
	dispatch.OnStart(func(ctx context.Context) (err error) {
		db, err = Open(ctx)
		calls = oncesql.New(db, oncesql.SQLite)
		return err
	})
}

const schema = `
CREATE TABLE IF NOT EXISTS stock  (article TEXT PRIMARY KEY, quantity INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, customer TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS outbox (order_id TEXT PRIMARY KEY, recipient TEXT NOT NULL);`

// Open opens the database in the file that ORDERS_DB names, and creates missing
// tables.
func Open(ctx context.Context) (*sql.DB, error) {
	file := os.Getenv("ORDERS_DB")
	if file == "" {
		return nil, errors.New("open the database: ORDERS_DB is not set (set it to the name of a file)")
	}
	// Transactions take the lock when they begin, and wait for each other.
	db, err := sql.Open("sqlite", "file:"+file+"?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)")
	if err != nil {
		return nil, err
	}
	_, err = db.ExecContext(ctx, schema)
	if err == nil {
		err = oncesql.New(db, oncesql.SQLite).Create(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}
