// Package good has correct functions that look like the functions of package bad.
package good

import (
	"context"
	"database/sql"
	"log/slog"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/fixtures/src/dispatchlocal/config"
)

type Options struct {
	Width int
	Tags  []string
}

var (
	_ = dispatch.Register(resize)
	_ = dispatch.Register(normalize)
	_ = dispatch.Register(given)
	_ = dispatch.Register(local)
	_ = dispatch.Register(callback)
	_ = dispatch.Register(query)
)

// resize fills defaults in.
func resize(ctx context.Context, path string, o *Options) error {
	if o == nil {
		o = &Options{}
	}
	if o.Width == 0 {
		o.Width = 320
	}
	return scale(path, o.Width)
}

func scale(path string, width int) error { return nil }

// normalize uses the slice that it has changed.
func normalize(ctx context.Context, names []string) error {
	for i := range names {
		names[i] += "."
	}
	return use(names)
}

func use(names []string) error { return nil }

// given keeps its argument under another name before it changes it.
func given(ctx context.Context, o *Options) error {
	keep := o
	o.Width = 2
	return scale("", keep.Width)
}

// local writes through another variable with the name of the argument.
func local(ctx context.Context, o *Options) error {
	{
		o := new(Options)
		o.Width = 1
	}
	return scale("", o.Width)
}

func callback(ctx context.Context, seen map[string]bool) error {
	visit(func(s string) bool {
		if seen[s] {
			return false
		}
		seen[s] = true
		return true
	})
	return nil
}

func visit(f func(string) bool) {}

type item struct {
	ID   string
	Done bool
}

type order struct {
	ID, Status string
	Items      []item
	Customer   *item
}

var (
	_ = dispatch.Register(deferred)
	_ = dispatch.Register(flushed)
	_ = dispatch.Register(renamed)
	_ = dispatch.Register(inner)
	_ = dispatch.Register(again)
)

func store(...any) error { return nil }

func deferred(ctx context.Context, o *order) (err error) {
	defer func() { err = store(o.ID, o.Status) }()
	o.Status = "done"
	return nil
}

func flushed(ctx context.Context, o *order) error {
	flush := func() error { return store(o.ID, o.Status) }
	o.Status = "done"
	return flush()
}

func renamed(ctx context.Context, o *order) error {
	items := o.Items
	for i := range items {
		o.Items[i].Done = true
	}
	return store(items)
}

func inner(ctx context.Context, o *order) error {
	who := o.Customer
	o.Customer.Done = true
	return store(who.ID, who.Done)
}

func again(ctx context.Context, o *order) error {
again:
	if err := store(o.Status); err != nil {
		o.Status = "retried"
		goto again
	}
	return nil
}

var (
	// DB is opened by the callee too.
	DB *sql.DB

	// Log is set by main only, but loggers are ignored.
	Log *slog.Logger

	// Hook is optional.
	Hook func(string)

	cache = map[string]int{}
	last  error
)

func init() {
	dispatch.OnStart(func(ctx context.Context) (err error) {
		DB, err = sql.Open("x", "y")
		return err
	})
}

// query reads variables that the callee sets or that need no value.
func query(ctx context.Context, id string) error {
	if Log != nil {
		Log.Info(id)
	}
	if Hook != nil {
		Hook(id)
	}
	cache[id]++
	last = DB.PingContext(ctx)
	if config.Retries > 0 {
		println("retries")
	}
	if q, ok := config.Quota[id]; ok {
		println(q)
	}
	println(config.Conf.N(), config.Key[0], config.Zone)
	println(config.Only, config.Preset, config.Known, len(config.Cached))
	return last
}

// SetHook sets Hook for main.
func SetHook(f func(string)) { Hook = f }
