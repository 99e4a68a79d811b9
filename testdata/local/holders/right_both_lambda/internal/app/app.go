package app

import "fmt"

type Mailer interface{ Mail(from, to string) error }

type App struct {
	Mailer Mailer
	From   string
}

// Default is the application.
var Default = &App{}

type StdoutMailer struct{}

func (StdoutMailer) Mail(from, to string) error {
	_, err := fmt.Println("welcome", to, "from", from)
	return err
}
