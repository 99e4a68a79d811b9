package handle

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/imports/gob_register/internal/envelope"
)

var Event = dispatch.Register(event)

func event(ctx context.Context, data []byte) error {
	e, err := envelope.Decode(data)
	if err != nil {
		return err
	}
	fmt.Println(e.Describe())
	return nil
}
