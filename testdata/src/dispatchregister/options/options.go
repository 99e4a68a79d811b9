// Package options has options that registrations in other packages share.
package options

import (
	"os"
	"slices"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var (
	Slow     = dispatch.Timeout(5 * time.Minute)
	Timeout  = dispatch.Timeout(timeout())
	Queue    = dispatch.Queue("slow")
	Pinned   = dispatch.Name("options.pinned")
	Defaults = []dispatch.RegisterOption{Slow, dispatch.Concurrency(4), Queue}
	All      = append(Defaults, dispatch.Alias("options.old"))
	Literal  = func() dispatch.RegisterOption {
		if os.Getenv("SLOW") != "" {
			return dispatch.Timeout(time.Hour)
		}
		return Slow
	}()
	Both = slices.Concat(Defaults, []dispatch.RegisterOption{Pinned})
)

// Changed and Elements do not keep their values.
var (
	Changed  = dispatch.Queue("a")
	Elements = []dispatch.RegisterOption{dispatch.Queue("a")}
	Unset    dispatch.RegisterOption
)

func init() {
	Changed = dispatch.Queue("b")
	Elements[0] = dispatch.Queue("b")
	Unset = dispatch.Queue("b")
}

func timeout() time.Duration {
	if os.Getenv("SLOW") != "" {
		return time.Hour
	}
	return time.Minute
}

// Named sets a name of this package.
func Named(name string) dispatch.RegisterOption { return dispatch.Name("options." + name) }

// For returns the options for a queue.
func For(queue string, more ...dispatch.RegisterOption) []dispatch.RegisterOption {
	opts := make([]dispatch.RegisterOption, 0, len(more)+2)
	opts = append(opts, dispatch.Queue(queue))
	if os.Getenv("SLOW") != "" {
		opts = append(opts, dispatch.Timeout(time.Hour))
	}
	opts = append(opts, more...)
	return opts
}

// Result returns its named result.
func Result() (opts []dispatch.RegisterOption) {
	opts = append(opts, Literal, dispatch.Alias("options.result"))
	return opts
}

// Either returns one of two queues.
func Either() dispatch.RegisterOption {
	if os.Getenv("SLOW") != "" {
		return dispatch.Queue("slow")
	}
	return dispatch.Queue("fast")
}
