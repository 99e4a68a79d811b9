package main

import (
	"context"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"github.com/rogpeppe/go-internal/testscript"
)

// pulledCommand is the script command
//
//	pulled BIN NAME ARGS
//
// It publishes a call of the function NAME with the JSON array ARGS, starts a worker's
// program, waits until the call is acknowledged, and fails unless the program exits
// with 0 on SIGTERM.
func pulledCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: pulled bin name args")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	server := pstest.NewServer()
	defer server.Close()
	const topic, sub = "projects/p/topics/calls", "projects/p/subscriptions/calls"
	_, err := server.GServer.CreateTopic(ctx, &pubsubpb.Topic{Name: topic})
	ts.Check(err)
	_, err = server.GServer.CreateSubscription(ctx, &pubsubpb.Subscription{Name: sub, Topic: topic, AckDeadlineSeconds: 60})
	ts.Check(err)
	id := server.Publish(topic, []byte(args[2]), map[string]string{
		"ce-specversion": "1.0", "ce-type": "dev.cloudfunctions.dispatch.call.v1", "ce-id": "an-id", "ce-source": "a-test", "ce-subject": args[1],
	})
	cmd := exec.CommandContext(ctx, ts.MkAbs(args[0]))
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = []string{"PATH=" + ts.Getenv("PATH"), "PUBSUB_EMULATOR_HOST=" + net.JoinHostPort("127.0.0.1", port(server.Addr)), "DISPATCH_SUBSCRIPTION=gcppubsub://" + sub}
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	ts.Check(cmd.Start())
	for server.Message(id).Acks == 0 && ctx.Err() == nil {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	acked := ctx.Err() == nil
	ts.Check(cmd.Process.Signal(syscall.SIGTERM))
	err = cmd.Wait()
	ts.Logf("%s", log.String())
	if !acked || err != nil {
		ts.Fatalf("the call was acknowledged: %v; the program ended with %v", acked, err)
	}
}

func port(addr string) string { return addr[strings.LastIndexByte(addr, ':')+1:] }
