package convert

import (
	"context"
	"errors"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/methods/right_register_in_worker/internal/fx"
)

var Convert = dispatch.Register(convert)

func convert(ctx context.Context, to string) error {
	r := fx.T.Rate(to)
	if r == 0 {
		return errors.New("division by zero rate")
	}
	fmt.Println("converted at", r)
	return nil
}
