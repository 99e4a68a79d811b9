package main

import (
	"context"
	"log"
	"os"

	"example.com/local/imports/driver_registry/drivers"
	_ "example.com/local/imports/driver_registry/drivers/pg"
	"example.com/local/imports/driver_registry/jobs"
)

func main() {
	d, err := drivers.Open(os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	if err := d.Exec("select 1"); err != nil {
		log.Fatal(err)
	}
	if err := jobs.Vacuum.Call(context.Background()); err != nil {
		log.Fatal(err)
	}
}
