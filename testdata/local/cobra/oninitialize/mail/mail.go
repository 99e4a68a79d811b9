package mail

import (
	"context"
	"errors"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/cobra/oninitialize/config"
)

var Send = dispatch.Register(send)

func send(ctx context.Context, to string) error {
	if config.C.From == "" {
		return errors.New("553 sender address rejected")
	}
	fmt.Println("from", config.C.From, "to", to)
	return nil
}
