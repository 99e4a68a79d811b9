// PersistentPreRunE opens the database in the server's process; the worker has no cobra and a nil DB.

// Worker executes the calls that the server publishes.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/cobra/persistent_prerun/internal/jobs"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := push.Run(ctx); err != nil { // want `db.Conn is set only by the main of .*cmd/server, but read by jobs.importFile, which runs in this callee, where it is nil`
		log.Fatal(err)
	}
}
