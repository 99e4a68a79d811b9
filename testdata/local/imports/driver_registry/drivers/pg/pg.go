package pg

import (
	"fmt"
	"net/url"

	"example.com/local/imports/driver_registry/drivers"
)

type driver struct{ db string }

func (d driver) Exec(q string) error {
	_, err := fmt.Println("pg:", q)
	return err
}

func init() { drivers.Register("pg", func(u *url.URL) drivers.Driver { return driver{u.Path} }) }
