package users

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/bools/atomic_maintenance/internal/maintenance"
)

var Purge = dispatch.Register(purge)

func purge(ctx context.Context, id string) error {
	if maintenance.Active() {
		fmt.Println("purge of", id, "is postponed")
		return nil
	}
	fmt.Println("DELETE FROM users WHERE id =", id)
	return nil
}
