// Callee executes calls, and says four times a second how many goroutines it has
// and how many calls it has executed: by pull where DISPATCH_SUBSCRIPTION is set,
// and else under the functions framework.
package main

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/cloudevent"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/soak/work"
	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"
)

func main() {
	go func() {
		for range time.Tick(time.Second / 4) {
			fmt.Println(runtime.NumGoroutine(), work.Executed.Load())
		}
	}()
	quiet := entrypoint.Logger(slog.New(slog.DiscardHandler)) // of calls that fail as they should
	if os.Getenv("DISPATCH_SUBSCRIPTION") == "" {
		cloudevent.Register("Callee", quiet)
		log.Fatal(funcframework.StartHostPort("127.0.0.1", os.Getenv("PORT")))
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := pull.Run(ctx, quiet); err != nil {
		log.Fatal(err)
	}
}
