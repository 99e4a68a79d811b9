// Package memdb is a database/sql driver that accepts every statement.
package memdb

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
)

func init() { sql.Register("memdb", drv{}) }

type drv struct{}

func (drv) Open(dsn string) (driver.Conn, error) {
	if dsn == "" {
		return nil, errors.New("memdb: empty DSN")
	}
	return conn{}, nil
}

type conn struct{}

func (conn) Prepare(q string) (driver.Stmt, error) { return stmt{}, nil }
func (conn) Close() error                          { return nil }
func (conn) Begin() (driver.Tx, error)             { return tx{}, nil }

type tx struct{}

func (tx) Commit() error   { return nil }
func (tx) Rollback() error { return nil }

type stmt struct{}

func (stmt) Close() error                                    { return nil }
func (stmt) NumInput() int                                   { return -1 }
func (stmt) Exec(args []driver.Value) (driver.Result, error) { return driver.RowsAffected(1), nil }
func (stmt) Query(args []driver.Value) (driver.Rows, error)  { return rows{}, nil }

type rows struct{}

func (rows) Columns() []string              { return []string{"n"} }
func (rows) Close() error                   { return nil }
func (rows) Next(dest []driver.Value) error { return io.EOF }
