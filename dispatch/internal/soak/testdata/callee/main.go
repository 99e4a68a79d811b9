// Callee executes calls. Four times a second it prints the number of its goroutines and
// of the calls it has executed. If DISPATCH_SUBSCRIPTION is set, it pulls; otherwise it
// runs in the functions framework.
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
	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/sqs"
)

func main() {
	go func() {
		for range time.Tick(time.Second / 4) {
			fmt.Println(runtime.NumGoroutine(), work.Executed.Load())
		}
	}()
	quiet := entrypoint.Logger(slog.New(slog.DiscardHandler)) // do not log the calls that must fail
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
