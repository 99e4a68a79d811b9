package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/cloud-functions-dispatch/go/bench/runtime/work"
	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/pubsubrest"
)

const topic = "projects/p/topics/calls"

// comparePublishing prints the cost of calls over Pub/Sub, beside that of its client when
// it publishes the same messages. The server is a process of its own, so that the CPU
// time is the caller's.
func comparePublishing(w io.Writer, rounds int) error {
	addr, err := freeAddr()
	if err != nil {
		return err
	}
	rest, err := freeAddr()
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	server := exec.Command(self, "-serve", "pubsub", "-addr", addr, "-rest", rest)
	if err := server.Start(); err != nil {
		return err
	}
	defer func() {
		_ = server.Process.Kill()
		_ = server.Wait() // its error says that the process was killed
	}()
	for _, a := range []string{addr, rest} {
		conn, err := dial(a)
		if err != nil {
			return err
		}
		conn.Close()
	}
	client, err := pubsub.NewClient(background, "p", option.WithEndpoint(addr), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "| best of %d | CPU of a call, µs | bare, µs | ours ÷ bare | calls a second | bare | ours ÷ bare |\n|%s\n", rounds, strings.Repeat(" --- |", 7))
	transports := map[string]transport.Transport{
		"": gcppubsub.New(client, topic), " over pubsubrest": pubsubrest.New(new(http.Client), "http://"+rest, topic),
	}
	if err := publishing(w, client, transports, rounds, work.Small, 2000, 20_000); err != nil {
		return err
	}
	return publishing(w, client, transports, rounds, work.Medium, 2000, 20_000)
}

// publishing prints the rows for c: single calls, and a batch, over each transport.
func publishing[A, B any](w io.Writer, client *pubsub.Client, transports map[string]transport.Transport, rounds int, c work.Call[A, B], singles, batch int) error {
	kept := new(keep)
	if err := c.Func.Call(dispatch.WithClient(background, dispatch.New(kept)), c.A, c.B); err != nil {
		return err
	}
	call := func(ctx context.Context) error { return c.Func.Call(ctx, c.A, c.B) }
	publisher := client.Publisher(topic)
	defer publisher.Stop()
	type row struct {
		name       string
		calls      int
		ours, bare func(n int) error
	}
	var rows []row
	for _, t := range slices.Sorted(maps.Keys(transports)) {
		ctx := dispatch.WithClient(background, dispatch.New(transports[t]))
		rows = append(rows,
			row{"single calls" + t, singles, singleCalls(ctx, call), singlePublishes(client, kept.message)},
			row{"a batch" + t, batch, batchCalls(ctx, call), batchPublishes(publisher, kept.message)})
	}
	for _, r := range rows {
		var ours, bare speed
		for range rounds {
			for _, side := range []struct {
				do   func(int) error
				best *speed
			}{{r.ours, &ours}, {r.bare, &bare}} {
				got, err := timed(side.do, r.calls)
				if err != nil {
					return fmt.Errorf("%s: %w", r.name, err)
				}
				side.best.update(got)
			}
		}
		fmt.Fprintf(w, "| %s, %s × %d | %.1f | %.1f | %.2f | %.0f | %.0f | %.2f |\n", r.name, c.Size, r.calls, ours.cpu, bare.cpu, ours.cpu/bare.cpu, ours.rate, bare.rate, ours.rate/bare.rate)
	}
	return nil
}

func singleCalls(ctx context.Context, call func(context.Context) error) func(int) error {
	return func(n int) error {
		for range n {
			if err := call(ctx); err != nil {
				return err
			}
		}
		return nil
	}
}

func batchCalls(ctx context.Context, call func(context.Context) error) func(int) error {
	return func(n int) error {
		return dispatch.Batch(ctx, func(ctx context.Context) error { return singleCalls(ctx, call)(n) })
	}
}

// singlePublishes publishes m as our transport does: each message in its own request.
func singlePublishes(client *pubsub.Client, m transport.Message) func(int) error {
	return func(n int) error {
		for range n {
			if _, err := client.TopicAdminClient.Publish(background, &pubsubpb.PublishRequest{
				Topic: topic, Messages: []*pubsubpb.PubsubMessage{{Data: m.Data, Attributes: m.Attributes}},
			}); err != nil {
				return err
			}
		}
		return nil
	}
}

func batchPublishes(publisher *pubsub.Publisher, m transport.Message) func(int) error {
	return func(n int) error {
		var results []*pubsub.PublishResult
		for range n {
			results = append(results, publisher.Publish(background, &pubsub.Message{Data: m.Data, Attributes: maps.Clone(m.Attributes)}))
		}
		var errs []error
		for _, r := range results {
			_, err := r.Get(background)
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	}
}

// timed does n calls.
func timed(do func(n int) error, n int) (speed, error) {
	runtime.GC() // the garbage of the others
	begin, start := time.Now(), cpu()
	if err := do(n); err != nil {
		return speed{}, err
	}
	spent := cpu() - start
	return speed{cpu: float64(spent.Microseconds()) / float64(n), rate: float64(n) / time.Since(begin).Seconds()}, nil
}

// A discard is a server of Pub/Sub that takes all messages and keeps none.
type discard struct {
	pubsubpb.UnimplementedPublisherServer
}

func (discard) Publish(_ context.Context, r *pubsubpb.PublishRequest) (*pubsubpb.PublishResponse, error) {
	return &pubsubpb.PublishResponse{MessageIds: make([]string, len(r.Messages))}, nil
}

// ServeHTTP answers like the REST API.
func (discard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct{ Messages []jsontext.Value }
	if err := json.UnmarshalRead(r.Body, &in, json.MatchCaseInsensitiveNames(true)); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.MarshalWrite(w, map[string][]string{"messageIds": make([]string, len(in.Messages))}) // the client may be gone
}

// servePubSub serves a discard at addr, and its REST API at rest.
func servePubSub(addr, rest string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	s := grpc.NewServer(grpc.MaxRecvMsgSize(20 << 20))
	pubsubpb.RegisterPublisherServer(s, discard{})
	go func() { log.Fatal(http.ListenAndServe(rest, discard{})) }()
	return s.Serve(l)
}
