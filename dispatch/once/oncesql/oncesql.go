// Package oncesql runs the effect of a call once in a SQL database: effect and
// mark are one transaction, so that both happen or neither, and the effect
// happens exactly once. It is for Postgres, MySQL (and MariaDB) and SQLite, by
// whatever driver of database/sql.
//
// The marks are in a table, which [DB.Create] makes, and which a migration may:
//
//	CREATE TABLE dispatch_once (
//		id        CHAR(64) PRIMARY KEY, -- what once.Key returns
//		name      VARCHAR(1024) NOT NULL, -- of the function
//		call_id   VARCHAR(1024) NOT NULL,
//		step      VARCHAR(255) NOT NULL,
//		done_at   TIMESTAMP NOT NULL -- in MySQL DATETIME, since its TIMESTAMP ends in 2038
//	) -- in MySQL ENGINE=InnoDB
//
// In MySQL its engine is InnoDB, as [DB.Create] says, and so is that of each table
// that an effect changes: others have no transactions.
//
// A row may be deleted once its call is not delivered any more, a week after
// done_at with Pub/Sub's defaults, and no dead letter of it is left to replay.
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

// A Dialect is how a database says it.
type Dialect struct {
	insert, timestamp, engine string
	check                     string // asks for the mark before a commit; empty where a commit fails after a rollback
}

const insert = "INTO dispatch_once (id, name, call_id, step, done_at) VALUES "

// The dialects.
var (
	Postgres = Dialect{insert: "INSERT " + insert + "($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING", timestamp: "TIMESTAMP"}
	SQLite   = Dialect{insert: "INSERT " + insert + "(?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", timestamp: "TIMESTAMP"}
	// ON DUPLICATE KEY UPDATE would count a row that is there where the driver asks
	// for rows found.
	MySQL = Dialect{insert: "INSERT IGNORE " + insert + "(?, ?, ?, ?, ?)", timestamp: "DATETIME", engine: " ENGINE=InnoDB",
		check: "SELECT COUNT(*) FROM dispatch_once WHERE id = ?"}
)

// A DB is a database with the table. It is safe for concurrent use.
type DB struct {
	db      *sql.DB
	dialect Dialect
}

// New returns a DB on db, which it does not close.
func New(db *sql.DB, d Dialect) *DB { return &DB{db, d} }

// Create makes the table if there is none. In MySQL it returns an error if there is
// one of an engine that has no transactions.
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
		return fmt.Errorf("once: look for the table dispatch_once: %w", err)
	}
	if engine != "InnoDB" {
		return fmt.Errorf("once: the table dispatch_once has the engine %s, which has no transactions (ALTER TABLE dispatch_once ENGINE=InnoDB)", engine)
	}
	return nil
}

// Do runs effect in a transaction with the mark, and commits, unless the mark of
// the call that is executed under ctx is there. It returns nil if it is. Where
// effect returns an error, or panics, nothing has happened, and it may run again.
// Another delivery that runs meanwhile waits for the transaction to end, or
// fails where the database does not wait.
//
// Effect does what it does to the database by tx, under its context, and neither
// commits nor rolls back, also not by a statement. It returns the errors of its
// statements, and does not try again what has failed: after some, such as a deadlock
// in MySQL or an interrupt in SQLite, the database has rolled all of it back, and what
// comes then is outside of the transaction. In MySQL it has no statement that commits
// by itself, such as TRUNCATE and others that define data: the mark would be committed
// with it. An effect within another has another [DB.Step], and takes a second
// connection.
func (d *DB) Do(ctx context.Context, effect func(ctx context.Context, tx *sql.Tx) error) error {
	return d.Step(ctx, "", effect)
}

// Step is Do for one of several effects of a call, told apart by their names of
// at most 255 bytes.
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

// checkMark wants the mark to be there still: MySQL goes on without a transaction
// once it has rolled one back, and has nothing to say when it is to commit.
func (d *DB) checkMark(ctx context.Context, tx *sql.Tx, key string) error {
	if d.dialect.check == "" {
		return nil
	}
	var n int
	if err := tx.QueryRowContext(ctx, d.dialect.check, key).Scan(&n); err != nil {
		return fmt.Errorf("once: look for the mark: %w", err)
	}
	if n == 0 {
		return errors.New("once: the database has rolled the transaction back (have the effect return the errors of its statements)")
	}
	return nil
}
