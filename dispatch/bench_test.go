package dispatch_test

import (
	"context"
	"testing"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// A void is a queue that drops calls.
type void struct{ transport.Transport }

func (void) Publish(context.Context, *transport.Message) error { return nil }
func (void) MaxSize() int                                      { return 1 << 20 }

type job struct {
	ID    string
	Pages []int
	Due   time.Time
}

type painting struct {
	job
	Shade shade
}

var (
	takesTwo      = dispatch.Register(takeTwo)
	takesJob      = dispatch.Register(takeJob)
	takesPainting = dispatch.Register(takePainting)
)

func takeTwo(context.Context, string, int) error   { return nil }
func takeJob(context.Context, job) error           { return nil }
func takePainting(context.Context, painting) error { return nil }

// BenchmarkCall measures calls without a queue: of a small signature, of one with a time,
// and of one with a type that each call tries.
func BenchmarkCall(b *testing.B) {
	ctx := dispatch.WithClient(b.Context(), dispatch.New(void{}))
	blind := dispatch.WithClient(b.Context(), dispatch.New(void{}, dispatch.VerifyArguments(false)))
	j := job{"a", []int{1, 2, 3}, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	for _, bb := range []struct {
		name string
		call func() error
	}{
		{"small", func() error { return takesTwo.Call(ctx, "a.jpg", 320) }},
		{"time", func() error { return takesJob.Call(ctx, j) }},
		{"enum", func() error { return takesPainting.Call(ctx, painting{j, "dark"}) }},
		{"enum, not verified", func() error { return takesPainting.Call(blind, painting{j, "dark"}) }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := bb.call(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
