// Server makes calls.
package main

import (
	"context"
	"database/sql"
	"flag"
	"log/slog"

	"example.com/fixtures/src/dispatchlocal/bad"
	"example.com/fixtures/src/dispatchlocal/config"
	"example.com/fixtures/src/dispatchlocal/good"
)

func main() {
	flag.Parse()
	_ = bad.Upload.Call(context.Background(), "a.jpg")
	set()
	good.DB, _ = sql.Open("x", "y")
	good.Log = slog.Default()
	good.SetHook(func(string) {})
	config.Preset = "other"
	config.Retries = 3
	config.Quota = map[string]int{}
	config.Conf.FromEnv()
	copy(config.Key[:], "key")
	config.Zone = "zone"
	config.Known = "known"
	config.Cached = map[string]int{}
}

func set() {
	flag.StringVar(&config.Bucket, "bucket", "", "where pictures go")
	config.SetRegion("eu")
	config.Limits.Size = 3
}
