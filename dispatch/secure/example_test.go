package secure_test

import (
	"context"
	"log"

	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/mac"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"
	"github.com/cloud-functions-dispatch/go/dispatch/secure"
)

// The caller signs, and the callee verifies, with the same key.
func ExampleSign() {
	keys, err := loadKeys() // of Tink, from a secret manager
	if err != nil {
		log.Fatal(err)
	}
	key, err := mac.New(keys)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()

	// In the caller:
	client, err := dispatch.Open(ctx, "", dispatch.Publishing(secure.Sign(key)))
	if err != nil {
		log.Fatal(err)
	}
	dispatch.Use(client)

	// In the callee:
	if err := push.Run(ctx, entrypoint.Executing(secure.Verify(key))); err != nil {
		log.Fatal(err)
	}
}

func loadKeys() (*keyset.Handle, error) { return keyset.NewHandle(mac.HMACSHA256Tag256KeyTemplate()) }
