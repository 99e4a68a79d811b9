package main

import (
	"context"
	"log/slog"
	"os"

	"example.com/local/loggers/slog_pointer/internal/mail"
)

func main() {
	mail.Log = slog.New(slog.NewJSONHandler(os.Stderr, nil))
	if err := mail.Send.Call(context.Background(), "ann"); err != nil {
		mail.Log.Error("send", "err", err)
		os.Exit(1)
	}
}
