package accounts

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

type Credentials struct {
	User     string
	Password []byte
	Tags     map[string]string
}

var SetPassword = dispatch.Register(setPassword)

func setPassword(ctx context.Context, c Credentials) error {
	defer clear(c.Password)
	delete(c.Tags, "internal")
	sum := sha256.Sum256(c.Password)
	fmt.Println("password of", len(c.Password), "bytes is set", sum[0] > 0, len(c.Tags))
	return nil
}
