package telemetry_test

import (
	"context"
	"log"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"
	"github.com/cloud-functions-dispatch/go/dispatch/telemetry"
)

// Traces and metrics go to OpenTelemetry's global providers.
func ExampleClient() {
	ctx := context.Background()

	// In the caller:
	client, err := dispatch.Open(ctx, "", telemetry.Client())
	if err != nil {
		log.Fatal(err)
	}
	dispatch.Use(client)

	// In the callee:
	if err := push.Run(ctx, telemetry.Entrypoint()); err != nil {
		log.Fatal(err)
	}
}
