package db

import (
	"errors"
	"fmt"
)

type Database struct {
	conn *string
}

var DB Database

func (d *Database) Connect(dsn string) error {
	d.conn = &dsn
	return nil
}

func (d *Database) Ping() error {
	if d.conn == nil {
		return errors.New("db: not connected")
	}
	return nil
}

func (d *Database) Exec(what, who string) error {
	if err := d.Ping(); err != nil {
		return err
	}
	fmt.Println(what, who)
	return nil
}
