package component

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	"example.com/local/onebinary/components/internal/search"
)

// Component is a part of the app that runs in a process of its own.
type Component interface {
	Run(ctx context.Context) error
}

// Func is a Component.
type Func func(ctx context.Context) error

// Run calls f.
func (f Func) Run(ctx context.Context) error { return f(ctx) }

// All has the components by name.
var All = map[string]func() Component{
	"api": func() Component {
		search.Build("the", "a")
		return Func(api)
	},
	"worker": func() Component { return worker{} },
}

func api(ctx context.Context) error { return search.Add.Call(ctx, "1", "the quick fox") }

type worker struct{}

func (worker) Run(ctx context.Context) error { return push.Run(ctx) } // want `search.current is set only by the main of .*cmd/server, but read by search.add`
