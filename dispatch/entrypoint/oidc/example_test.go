package oidc_test

import (
	"context"
	"log"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/oidc"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"
)

// Only the service account of the push subscription may send calls.
func ExampleGoogle() {
	authenticated, err := oidc.Google("https://callee-abc.run.app", "pusher@project.iam.gserviceaccount.com")
	if err != nil {
		log.Fatal(err)
	}
	if err := push.Run(context.Background(), authenticated); err != nil {
		log.Fatal(err)
	}
}
