package shard

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/onstart/right_two_onstarts/internal/config"
)

type pool struct{ name string }

var pools []pool

func init() { dispatch.OnStart(openAll) }

func openAll(ctx context.Context) error {
	pools = pools[:0]
	for _, s := range config.C.Shards {
		pools = append(pools, pool{s})
	}
	return nil
}

var Find = dispatch.Register(find)

func find(ctx context.Context, user int) error {
	p := pools[user%len(pools)]
	fmt.Println("user", user, "is on", p.name)
	return nil
}
