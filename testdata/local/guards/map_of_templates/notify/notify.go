package notify

import (
	"context"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

type Message struct {
	Template string
	Name     string
}

var Send = dispatch.Register(send)

func send(ctx context.Context, m Message) error {
	t, err := lookup(m.Template)
	if err != nil {
		return err
	}
	return t.Execute(os.Stdout, m)
}
