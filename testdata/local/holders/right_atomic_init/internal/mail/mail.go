package mail

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/holders/right_atomic_init/internal/config"
)

var Send = dispatch.Register(send)

func send(ctx context.Context, to string) error {
	fmt.Printf("mail to %s via %s\n", to, config.Get().Host)
	return nil
}
