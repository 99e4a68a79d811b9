// Welcome runs a method through an interface.
package main

import (
	"context"

	"example.com/fixtures/src/dispatchimport/models"
)

type welcomer interface {
	Welcome(ctx context.Context) error
}

func main() { // want `the program can make calls, but links no transport: the calls fail`
	queue := make(chan welcomer, 1)
	queue <- models.User{Name: "ann"}
	_ = (<-queue).Welcome(context.Background())
}
