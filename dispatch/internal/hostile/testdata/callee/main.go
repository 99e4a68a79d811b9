// Callee is the target of the attacks. ENTRYPOINT determines its kind. It verifies
// signatures and has a dead-letter sink.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/mac"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/cloud-functions-dispatch/go/dispatch/deadletter"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/cloudevent"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"
	_ "github.com/cloud-functions-dispatch/go/dispatch/internal/hostile/target"
	"github.com/cloud-functions-dispatch/go/dispatch/secure"
	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"
)

func main() {
	key, err := readKey(os.Getenv("KEYSET"))
	if err != nil {
		log.Fatal(err)
	}
	opts := []entrypoint.Option{
		// Unsigned calls are accepted, so that they get as far as they can. Calls with
		// a wrong signature are not.
		entrypoint.Executing(secure.Verify(key, secure.Migrate(nil))),
		entrypoint.DeadLetters(deadletter.Dir(os.Getenv("SINK"))),
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch os.Getenv("ENTRYPOINT") {
	case "push":
		err = push.Run(ctx, opts...)
	case "pull":
		err = pull.Run(ctx, append(opts, entrypoint.Patience(1))...) // park at once, so that the tests need not wait an hour
	case "cloudevent":
		cloudevent.Register("Target", opts...)
		err = funcframework.StartHostPort("127.0.0.1", os.Getenv("PORT"))
	}
	if err != nil {
		log.Fatal(err)
	}
}

func readKey(file string) (tink.MAC, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(f))
	if err != nil {
		return nil, err
	}
	return mac.New(h)
}
