package work

import (
	"cmp"
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

type Options struct {
	Width  *int
	Format string
}

type Job struct {
	Path string
	Opts *Options
}

var Resize = dispatch.Register(resize)

func (o *Options) setDefaults() {
	if o.Width == nil {
		w := 320
		o.Width = &w
	}
	o.Format = cmp.Or(o.Format, "jpeg")
}

func resize(ctx context.Context, j Job) error {
	if j.Opts == nil {
		j.Opts = new(Options)
	}
	j.Opts.setDefaults()
	fmt.Println("resized", j.Path, "to", *j.Opts.Width, "as", j.Opts.Format)
	return nil
}
