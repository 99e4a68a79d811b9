// Caller is a Cloud Function that executes calls, and makes calls over Pub/Sub.
package main

import (
	"log"
	"os"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"

	_ "github.com/cloud-functions-dispatch/go/bench/runtime/programs/greet"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/cloudevent"
	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"
)

func init() { cloudevent.Register("Target") }

func main() {
	log.Fatal(funcframework.StartHostPort("127.0.0.1", os.Getenv("PORT")))
}
