package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"
	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	_ "github.com/cloud-functions-dispatch/go/bench/load/work"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/cloudevent"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"
)

// The kinds of callees: our entrypoints, and the smallest programs that do the same.
const (
	kindPush          = "push"
	kindBare          = "bare net/http"
	kindFunctions     = "functions"
	kindBareFunctions = "bare functions.HTTP"
)

// serve runs a callee of the given kind at addr until it is interrupted.
func serve(kind, addr string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, func() { os.Exit(0) })
	slog.SetLogLoggerLevel(slog.LevelError)
	host, port, _ := net.SplitHostPort(addr)
	os.Setenv("FUNCTION_TARGET", "Target")
	switch kind {
	case kindPush:
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return err
		}
		return push.Serve(context.Background(), l)
	case kindBare:
		return http.ListenAndServe(addr, http.HandlerFunc(bare))
	case kindFunctions:
		cloudevent.Register("Target")
	case kindBareFunctions:
		functions.HTTP("Target", bare)
	default:
		return fmt.Errorf("there is no callee of kind %q", kind)
	}
	return funcframework.StartHostPort(host, port)
}

// bare is a minimal handler for a single function: it decodes the same JSON and calls
// the function.
func bare(w http.ResponseWriter, r *http.Request) {
	var event struct {
		Message struct {
			Data       []byte            `json:"data"`
			Attributes map[string]string `json:"attributes"`
		} `json:"message"`
	}
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &event)
	}
	var path, text string
	var width int
	args := []any{&path, &width, &text}
	if err == nil {
		err = json.Unmarshal(event.Message.Data, &args)
	}
	if err := cmp.Or(err, check(path, width)); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// check returns an error if an argument is missing.
func check(path string, width int) error {
	if path == "" || width == 0 {
		return fmt.Errorf("the arguments did not arrive")
	}
	return nil
}
