package ping_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/ping"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

// Not parallel: it replaces the process's logger.
func TestRelay(t *testing.T) {
	var log bytes.Buffer
	defer slog.SetDefault(slog.Default())
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	q := mem.New()
	ctx := dispatch.WithClient(t.Context(), dispatch.New(q))
	if err := ping.Relay.Call(ctx, nil, true, 1.5, "marker", []any{"marker"}, map[string]any{"marker": "marker"}); err != nil {
		t.Fatal(err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	if dead := q.DeadLetters(); len(dead) > 0 {
		t.Fatalf("a call failed: %v", dead[0].Err)
	}
	const want = `arguments="[null boolean number string of 6 bytes array of 1 object of 1]"`
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, want) || strings.Contains(got, "marker") {
		t.Errorf("logged %q, want one line with %s", got, want)
	}
	// Callers in other programs rely on the names.
	const path = "github.com/cloud-functions-dispatch/go/dispatch/ping."
	if ping.Log.Name() != path+"log" || ping.Relay.Name() != path+"relay" {
		t.Errorf("the names are %s and %s", ping.Log.Name(), ping.Relay.Name())
	}
}
