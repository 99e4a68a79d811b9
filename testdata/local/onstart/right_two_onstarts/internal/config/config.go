package config

import (
	"cmp"
	"context"
	"encoding/json"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

type Config struct {
	Shards []string `json:"shards"`
}

var C Config

func Load(text string) error { return json.Unmarshal([]byte(text), &C) }

func init() {
	dispatch.OnStart(func(context.Context) error {
		return Load(cmp.Or(os.Getenv("CONFIG"), `{"shards": ["shard-a", "shard-b"]}`))
	})
}
