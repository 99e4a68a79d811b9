package main

import (
	"context"
	"fmt"
	"os"

	"example.com/local/guards/map_of_templates/notify"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if err := notify.LoadTemplates(map[string]string{"hello": "Hello {{.Name}}\n"}); err != nil {
		return err
	}
	return notify.Send.Call(ctx, notify.Message{Template: "hello", Name: "Bob"})
}
