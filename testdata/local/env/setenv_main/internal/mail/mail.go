package mail

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var Send = dispatch.Register(send)

func send(ctx context.Context, to string) error {
	host := os.Getenv("SMTP_HOST")
	if host == "" {
		return errors.New("mail: dial tcp: missing address")
	}
	fmt.Println("sent to", to, "via", host)
	return nil
}
