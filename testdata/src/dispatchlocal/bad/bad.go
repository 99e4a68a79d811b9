// Package bad has functions that share data with their caller only in one process.
package bad

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"os"
	"path/filepath"
	"slices"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/fixtures/src/dispatchlocal/config"
)

type Size struct {
	Width, Height int
	Tags          []string
}

var (
	_ = dispatch.Register(measure)
	_ = dispatch.Register(list)
	_ = dispatch.Register(count)
	_ = dispatch.Register(decode)
	_ = dispatch.Register(sort)
	_ = dispatch.Register(replace)
	_ = dispatch.Register(double)

	Upload = dispatch.Register(upload)
)

func measure(ctx context.Context, path string, out *Size) error {
	out.Width = len(path) // want `bad.measure writes through its argument out.Width, which is a copy in the callee: the caller never sees the change`
	return nil
}

func list(ctx context.Context, out []string) error {
	for i := range 3 {
		out[i] = "x" // want `bad.list writes through its argument out`
	}
	return nil
}

func count(ctx context.Context, words []string, seen map[string]int) error {
	for _, w := range words {
		seen[w]++ // want `bad.count writes through its argument seen`
	}
	return nil
}

func decode(ctx context.Context, data []byte, into *Size) error {
	return json.Unmarshal(data, into) // want `bad.decode writes through its argument into`
}

func sort(ctx context.Context, names []string) error {
	slices.Sort(names) // want `bad.sort writes through its argument names`
	return nil
}

func replace(ctx context.Context, s *Size) error {
	if s.Width == 0 {
		*s = Size{Width: 1} // want `bad.replace writes through its argument s`
	}
	return nil
}

func double(ctx context.Context, xs []int) error {
	for i, x := range xs {
		xs[i] = 2 * x // want `bad.double writes through its argument xs`
	}
	return nil
}

func upload(ctx context.Context, path string) error {
	if *config.Verbose {
		log.Print(path)
	}
	return put(config.Bucket, config.Region(), path)
}

func put(bucket, region, path string) error {
	if len(path) > config.Limits.Size {
		return errors.New("too large")
	}
	return os.WriteFile(filepath.Join(bucket, region, *config.Level, path), nil, 0o666)
}
