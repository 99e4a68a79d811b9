// Only the case "enqueue" of the switch sets the sender, so the case "worker" sends from nobody.

package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"

	"example.com/local/onebinary/switch/internal/mail"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: app enqueue|worker")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	var err error
	switch cmd := os.Args[1]; cmd {
	case "enqueue":
		mail.SetSender("shop@example.com")
		err = mail.Send.Call(ctx, "ann")
	case "worker":
		err = pull.Run(ctx) // want `mail.sender is set only by the main of .*cmd/server, but read by mail.send, which runs in this callee, where it is ""`
	default:
		err = fmt.Errorf("unknown command %q", cmd)
	}
	if err != nil {
		log.Fatal(err)
	}
}
