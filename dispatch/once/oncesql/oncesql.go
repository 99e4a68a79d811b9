// Package oncesql runs the effect of a call exactly once in a SQL database: effect and
// mark are one transaction, so that both happen or neither. It supports Postgres, MySQL
// (and MariaDB) and SQLite, with any driver of database/sql.
//
// The marks are in a table. Create it with [DB.Create] or in a migration:
//
//	CREATE TABLE dispatch_once (
//		id        CHAR(64) PRIMARY KEY, -- the result of once.Key
//		name      VARCHAR(1024) NOT NULL, -- of the function
//		call_id   VARCHAR(1024) NOT NULL,
//		step      VARCHAR(255) NOT NULL,
//		done_at   TIMESTAMP NOT NULL -- in MySQL DATETIME, since its TIMESTAMP ends in 2038
//	) -- in MySQL ENGINE=InnoDB
//
// In MySQL, this table and each table that an effect changes must have the engine
// InnoDB: other engines have no transactions.
//
// You may delete a row when its call is not delivered any more (with Pub/Sub's
// defaults, a week after done_at) and no dead letter of the call is left to replay.
package oncesql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/once"
	"github.com/cloud-functions-dispatch/go/dispatch/once/internal/nest"
)

// A Dialect holds the SQL that differs between databases.
type Dialect struct {
	insert, timestamp, engine string
	countMarks                string // counts the marks with a key before a commit; empty if a commit fails after a rollback
}

const insert = "INTO dispatch_once (id, name, call_id, step, done_at) VALUES "

// The supported databases.
var (
	Postgres = Dialect{insert: "INSERT " + insert + "($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING", timestamp: "TIMESTAMP"}
	SQLite   = Dialect{insert: "INSERT " + insert + "(?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", timestamp: "TIMESTAMP"}
	// INSERT IGNORE, because ON DUPLICATE KEY UPDATE would count an existing row if the
	// driver asks for the number of found rows.
	MySQL = Dialect{insert: "INSERT IGNORE " + insert + "(?, ?, ?, ?, ?)", timestamp: "DATETIME", engine: " ENGINE=InnoDB",
		countMarks: "SELECT COUNT(*) FROM dispatch_once WHERE id = ?"}
)

// A DB is a database with the table of marks. It is safe for concurrent use.
type DB struct {
	db      *sql.DB
	dialect Dialect
}

// New returns a DB that uses db. It does not close db.
func New(db *sql.DB, d Dialect) *DB { return &DB{db, d} }

// Create creates the table if it does not exist. In MySQL it returns an error if the
// existing table has another engine than InnoDB.
func (d *DB) Create(ctx context.Context) error {
	_, err := d.db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS dispatch_once (
		id CHAR(64) PRIMARY KEY, name VARCHAR(1024) NOT NULL, call_id VARCHAR(1024) NOT NULL, step VARCHAR(255) NOT NULL,
		done_at `+d.dialect.timestamp+` NOT NULL)`+d.dialect.engine)
	if err != nil {
		return fmt.Errorf("once: create the table dispatch_once: %w", err)
	}
	if d.dialect.engine == "" {
		return nil
	}
	var engine string
	if err := d.db.QueryRowContext(ctx, "SELECT engine FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'dispatch_once'").Scan(&engine); err != nil {
		return fmt.Errorf("once: check the table dispatch_once: %w", err)
	}
	if engine != "InnoDB" {
		return fmt.Errorf("once: the table dispatch_once has the engine %s, which has no transactions (run ALTER TABLE dispatch_once ENGINE=InnoDB)", engine)
	}
	return nil
}

// Do runs effect and sets the mark of the call that is executed under ctx, in one
// transaction. If the mark is already set, it returns nil and does not run effect. If
// effect returns an error or panics, the transaction is rolled back, and effect may run
// again. If another delivery is running, Do waits for its transaction to end, or fails
// if the database does not wait.
//
// The rules for effect: It must use tx and its context for all changes to the database.
// It must not commit or roll back, not even by a statement. It must return the errors
// of its statements, and must not retry a failed statement. After some errors, such as
// a deadlock in MySQL or an interrupt in SQLite, the database has rolled back
// everything, and later statements would be outside the transaction. In MySQL it must
// not use statements that commit implicitly, such as TRUNCATE and other data definition
// statements, because they would also commit the mark. An effect within another effect
// must use another [DB.Step], and needs a second connection.
func (d *DB) Do(ctx context.Context, effect func(ctx context.Context, tx *sql.Tx) error) error {
	return d.Step(ctx, "", effect)
}

// Step is like Do, for a call with several effects. The step names the effect, in at
// most 255 bytes.
func (d *DB) Step(ctx context.Context, step string, effect func(ctx context.Context, tx *sql.Tx) error) error {
	key, err := once.Key(ctx, step)
	if err != nil {
		return err
	}
	if ctx, err = nest.Enter(ctx, key); err != nil {
		return err
	}
	info, _ := dispatch.FromContext(ctx)
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("once: begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // ErrTxDone after a commit
	result, err := tx.ExecContext(ctx, d.dialect.insert, key, info.Name, info.ID, step, time.Now().UTC())
	if err != nil {
		return fmt.Errorf("once: mark the call as done: %w", err)
	}
	switch n, err := result.RowsAffected(); {
	case err != nil:
		return fmt.Errorf("once: mark the call as done: %w", err)
	case n == 0:
		return nil
	}
	if err := effect(ctx, tx); err != nil {
		return err
	}
	if err := d.checkMark(ctx, tx, key); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("once: commit: %w", err)
	}
	return nil
}

// checkMark returns an error if the mark is gone. After MySQL has rolled back a
// transaction, it continues without one, and its commit returns no error.
func (d *DB) checkMark(ctx context.Context, tx *sql.Tx, key string) error {
	if d.dialect.countMarks == "" {
		return nil
	}
	var n int
	if err := tx.QueryRowContext(ctx, d.dialect.countMarks, key).Scan(&n); err != nil {
		return fmt.Errorf("once: check the mark: %w", err)
	}
	if n == 0 {
		return errors.New("once: the database has rolled back the transaction (return the errors of statements from the effect)")
	}
	return nil
}
