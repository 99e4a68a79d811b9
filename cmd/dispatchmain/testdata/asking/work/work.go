// Package work has functions that print.
package work

import (
	"context"
	"fmt"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var (
	Hello = dispatch.Register(hello)
	Note  = dispatch.Register(note)
)

func hello(context.Context) error {
	fmt.Println("process", os.Getpid())
	fmt.Println("port", os.Getenv("PORT"))
	return nil
}

func note(_ context.Context, text string) error {
	fmt.Println("noted", text)
	return nil
}
