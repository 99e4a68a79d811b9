package main

import (
	"context"
	"flag"
	"log/slog"
	"os"

	"example.com/local/guards/mode_switch/internal/payments"
)

type options struct{ mode string }

func main() {
	var o options
	flag.StringVar(&o.mode, "payments", "test", "test or live")
	flag.Parse()
	payments.Configure(payments.Mode(o.mode))
	if err := payments.Charge.Call(context.Background(), "cus_1", 500); err != nil {
		slog.Error("charge", "err", err)
		os.Exit(1)
	}
}
