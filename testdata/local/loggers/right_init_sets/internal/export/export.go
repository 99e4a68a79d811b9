package export

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/loggers/right_init_sets/pkg/logx"
)

var Export = dispatch.Register(export)

func export(ctx context.Context, customer int) error {
	logx.L.Infow("export", "customer", customer)
	fmt.Println("exported", customer)
	return nil
}
