package moderation

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/onebinary/right_root_prerun/internal/rules"
)

var Check = dispatch.Register(check)

func check(ctx context.Context, text string) error {
	if rules.Blocked(text) {
		fmt.Println(text, "is blocked")
		return nil
	}
	fmt.Println(text, "is published")
	return nil
}
