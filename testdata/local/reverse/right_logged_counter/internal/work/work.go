package work

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/reverse/right_logged_counter/internal/stats"
)

var Do = dispatch.Register(do)

func do(ctx context.Context) error {
	n := stats.Processed.Add(1)
	fmt.Println("worked", n)
	return nil
}
