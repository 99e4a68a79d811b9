// Package bootstrap sets up what every program of ours needs.
package bootstrap

import "example.com/local/holders/right_both_lambda/internal/app"

func Setup() {
	app.Default.Mailer = app.StdoutMailer{}
	app.Default.From = "noreply@example.com"
}
