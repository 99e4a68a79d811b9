package poll

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// Options are options.
type Options struct {
	Tries int
	Pause time.Duration
	Name  string
}

func (o Options) withDefaults() Options {
	if o.Tries == 0 {
		o.Tries = 3
	}
	setDefault(&o.Pause, time.Millisecond)
	setDefault(&o.Name, "poller")
	return o
}

func setDefault[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}

var options Options

// Configure sets the options.
func Configure(o Options) { options = o }

var Poll = dispatch.Register(poll)

func poll(ctx context.Context, id string) error {
	o := options.withDefaults()
	for range o.Tries {
		if _, err := fmt.Println(o.Name, "polled", id); err == nil {
			return nil
		}
		time.Sleep(o.Pause)
	}
	return errors.New("poll: gave up")
}
