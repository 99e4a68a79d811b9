package work

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/reverse/counter/internal/stats"
)

var Do = dispatch.Register(do)

func do(ctx context.Context) error {
	defer stats.Inc()
	fmt.Println("worked")
	return nil
}
