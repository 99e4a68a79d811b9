package hooks

import (
	"context"
	"fmt"
	"sync"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var urls sync.Map // event → URL

// Add registers the URL of an event.
func Add(event, url string) { urls.Store(event, url) }

var Fire = dispatch.Register(fire)

func fire(ctx context.Context, event string) error {
	v, ok := urls.Load(event)
	if !ok {
		return fmt.Errorf("hooks: no URL for %s", event)
	}
	fmt.Println("posting", event, "to", v.(string))
	return nil
}
