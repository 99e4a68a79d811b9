package mail

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/bools/env_enum/internal/env"
)

var Send = dispatch.Register(send)

func send(ctx context.Context, to string) error {
	switch env.Current {
	case env.Staging, env.Development:
		fmt.Println("staging: mail to", to, "goes to the team")
	case env.Production:
		fmt.Println("mail to", to)
	}
	return nil
}
