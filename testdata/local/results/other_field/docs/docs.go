package docs

import (
	"context"
	"errors"
	"strings"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

type Doc struct {
	Title   string
	Text    string
	Summary string
}

var Summarize = dispatch.Register(summarize)

func summarize(ctx context.Context, d *Doc) error {
	words := strings.Fields(d.Text)
	if len(words) == 0 {
		return dispatch.Permanent(errors.New("empty document"))
	}
	d.Summary = strings.Join(words[:min(2, len(words))], " ") // want `docs.summarize writes through its argument d.Summary, which is a copy in the callee: the caller never sees the change`
	return nil
}
