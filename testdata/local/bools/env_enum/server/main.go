package main

import (
	"cmp"
	"context"
	"log"
	"os"

	"example.com/local/bools/env_enum/internal/env"
	"example.com/local/bools/env_enum/internal/mail"
)

func main() {
	switch cmp.Or(os.Getenv("APP_ENV"), "staging") {
	case "staging":
		env.Current = env.Staging
	case "dev":
		env.Current = env.Development
	}
	if err := mail.Send.Call(context.Background(), "ann"); err != nil {
		log.Fatal(err)
	}
}
