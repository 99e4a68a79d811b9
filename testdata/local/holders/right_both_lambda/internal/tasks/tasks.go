package tasks

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/holders/right_both_lambda/internal/app"
)

var Welcome = dispatch.Register(welcome)

func welcome(ctx context.Context, to string) error {
	a := app.Default
	return a.Mailer.Mail(a.From, to)
}
