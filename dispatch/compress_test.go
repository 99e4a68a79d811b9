package dispatch_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// TestCompressAbove: the option moves the size above which arguments are compressed. The
// callee executes all of them.
func TestCompressAbove(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("abc", 10_000)
	for _, c := range []struct {
		opts  []dispatch.ClientOption
		bytes int // of the text
		want  string
	}{
		{nil, 8 << 10, "zstd"}, // with the brackets and the rest
		{nil, 8<<10 - 6, ""},
		{[]dispatch.ClientOption{dispatch.CompressAbove(math.MaxInt)}, len(text), ""},
		{[]dispatch.ClientOption{dispatch.CompressAbove(1 << 10)}, 1 << 10, "zstd"},
		{[]dispatch.ClientOption{dispatch.CompressAbove(1 << 10)}, 1<<10 - 6, ""},
		{[]dispatch.ClientOption{dispatch.CompressAbove(1)}, 1, ""}, // it would be larger
	} {
		var d transport.Delivery
		keep := func(transport.Publisher) transport.Publisher {
			return func(_ context.Context, m *transport.Message) error { d.Message = *m; return nil }
		}
		ctx := dispatch.WithClient(t.Context(), dispatch.New(void{}, append(c.opts, dispatch.Publishing(keep))...))
		if err := takesTwo.Call(ctx, text[:c.bytes], 1); err != nil {
			t.Fatal(err)
		}
		if got := d.Attributes["ce-dataencoding"]; got != c.want {
			t.Errorf("%d bytes: the encoding is %q, want %q", c.bytes, got, c.want)
		}
		e, err := executor.New()
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Handle(t.Context(), &d); err != nil {
			t.Error(err)
		}
	}
	defer func() {
		if v := recover(); v == nil || !strings.Contains(v.(error).Error(), "the option CompressAbove is 0, want more than 0 (or leave it out)") {
			t.Errorf("New panics with %v, want the option's name", v)
		}
	}()
	dispatch.New(void{}, dispatch.CompressAbove(0))
}
