package jobs

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/loggers/interface_logger/logging"
)

var Run = dispatch.Register(run)

func run(ctx context.Context, id string) error {
	logging.Printf("job %s begins", id)
	fmt.Println("ran", id)
	return nil
}
