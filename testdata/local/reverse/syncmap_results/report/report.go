package report

import (
	"context"
	"fmt"
	"sync"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var results sync.Map

// Result returns a finished report.
func Result(name string) (string, bool) {
	v, ok := results.Load(name)
	if !ok {
		return "", false
	}
	return v.(string), true
}

var Build = dispatch.Register(build)

func build(ctx context.Context, name string) error {
	results.Store(name, fmt.Sprintf("report %s: %d", name, 6*7))
	return nil
}
