// Callee is a Cloud Function under the functions framework. Its function prints "running",
// then waits for a file.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/cloudevent"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/cloudevent/testdata/callee/work"
	_ "github.com/cloud-functions-dispatch/go/dispatch/internal/killtest/work"
)

func init() { cloudevent.Register("Target") }

func main() {
	work.Wait = func(ctx context.Context, file string) error {
		fmt.Println("running")
		for ctx.Err() == nil {
			if _, err := os.Stat(file); err == nil {
				return nil
			}
			time.Sleep(time.Millisecond)
		}
		return ctx.Err()
	}
	log.Fatal(funcframework.StartHostPort("127.0.0.1", os.Getenv("PORT")))
}
