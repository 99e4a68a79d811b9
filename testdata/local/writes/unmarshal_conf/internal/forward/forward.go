package forward

import (
	"context"
	"errors"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/writes/unmarshal_conf/internal/app"
)

var Forward = dispatch.Register(forward)

func forward(ctx context.Context, n int) error {
	q := app.Conf.Queue
	for try := 0; try < app.Conf.Retries; try++ {
		fmt.Println("forward", n, "to", q)
		return nil
	}
	return errors.New("forward: gave up")
}
